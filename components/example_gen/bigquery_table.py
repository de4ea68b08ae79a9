"""The columns and days of a BigQuery table and their state, from its metadata; reads no row."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from components import foreign_answer
from components.example_gen.errors import NoLoginError, NoSuchTableError, SpanDataError
from components.spans.bigquery_partition import STREAMING, Partition, Table, days_of, query
from serving.client.foreign_answer import LONGEST_REFUSAL, excerpt

if TYPE_CHECKING:
    from google.cloud import bigquery

# Local servers instead of Google's; then no credentials are sent. The first one Google's client reads itself.
EMULATOR, STORAGE_EMULATOR = "BIGQUERY_EMULATOR_HOST", "BIGQUERY_STORAGE_EMULATOR_HOST"
ROLES = "roles/bigquery.dataViewer, roles/bigquery.jobUser and roles/bigquery.readSessionUser"
ANSWER_TIMEOUT_S = 60.0
_STANDARD_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "RECORD": "STRUCT"}


@dataclasses.dataclass(frozen=True)
class Listing:
    """The days of a table at one moment.

    Attributes:
      days: without rows whose day is null, and without those that are still in the streaming buffer.
      time: the moment, by BigQuery's clock; None when there is no partition at all.
      streaming: rows in the streaming buffer.
      column: the DATE column by which the table is partitioned.
      types: column to type, as GoogleSQL calls it; a repeated column is an ARRAY.
    """

    days: Mapping[dt.date, Partition]
    time: dt.datetime | None
    streaming: int
    column: str
    types: Mapping[str, str]


def listing(table: Table, day: dt.date | None = None) -> Listing:
    """Returns a table's columns and days.

    Args:
      table: any that may exist.
      day: the only day to ask for; None for all.

    Raises:
      NoSuchTableError: there is none.
      SpanDataError: no permission, no answer; not partitioned by day on a DATE column.
    """
    with bigquery_errors(str(table)), contextlib.closing(_client(table.project)) as client:
        retry = _retry()
        try:
            metadata = client.get_table(f"{table}", retry=retry, timeout=ANSWER_TIMEOUT_S)
        except (KeyError, TypeError, AttributeError) as error:  # how the client meets JSON of another shape
            raise SpanDataError(
                f"{table}: what answers as BigQuery describes no table ({excerpt(str(error))}); see "
                f"{EMULATOR}"
            ) from error
        column = _partition_column(table, metadata)
        answer = client.query_and_wait(
            query(table, day), location=metadata.location, api_timeout=ANSWER_TIMEOUT_S, retry=retry
        )
        rows = list(answer)
    return Listing(
        days=days_of(table, ((row.partition_id, row.total_rows, row.last_modified_time) for row in rows)),
        time=rows[0].now if rows else None,
        streaming=sum(row.total_rows for row in rows if row.partition_id == STREAMING),
        column=column,
        types={field.name: _type(field) for field in metadata.schema},
    )


@contextlib.contextmanager
def bigquery_errors(subject: str) -> Iterator[None]:
    """Turns what Google's libraries raise into one line, which quotes nothing of credentials.

    Raises:
      NoLoginError: nobody is logged in.
      SpanDataError: names the subject, the cause and the way out.
    """
    from google.api_core import exceptions
    from google.auth import exceptions as auth

    try:
        with foreign_answer.named():
            yield
    except foreign_answer.ForeignAnswerError as error:
        raise SpanDataError(f"{subject}: {error}") from error
    except exceptions.NotFound as error:
        raise NoSuchTableError(
            f"{subject}: BigQuery does not find it ({_message(error)}); see data.source"
        ) from error
    except exceptions.Forbidden as error:
        raise SpanDataError(
            f"{subject}: BigQuery refuses ({_message(error)}); the account needs {ROLES}"
        ) from error
    except exceptions.GoogleAPICallError as error:
        raise SpanDataError(f"{subject}: BigQuery says {_message(error)}") from error
    except (exceptions.RetryError, auth.TransportError, OSError) as error:
        why = f"does not answer{foreign_answer.asked(error)} ({_cause(error)})"
        raise SpanDataError(f"{subject}: BigQuery {why}; try again later") from error
    except auth.GoogleAuthError as error:
        raise NoLoginError(
            f"{subject}: nobody is logged in to Google Cloud; run `gcloud auth application-default login`"
        ) from error


def emulators() -> tuple[str, str] | None:
    """Returns the addresses of the local servers for metadata and for rows; None for Google's.

    Raises:
      SpanDataError: one is set without the other, which would read the rows of another table.
    """
    rest, storage = os.environ.get(EMULATOR, ""), os.environ.get(STORAGE_EMULATOR, "")
    if bool(rest) != bool(storage):
        raise SpanDataError(f"of {EMULATOR} and {STORAGE_EMULATOR} only one is set; set both, or neither")
    return (rest, storage) if rest else None


def _client(project: str) -> bigquery.Client:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    anonymous = AnonymousCredentials() if emulators() else None  # type: ignore[no-untyped-call]
    client = bigquery.Client(project=project, credentials=anonymous)
    client._http.hooks["response"].append(foreign_answer.refuse)  # there is no public way
    return client


def _retry() -> Any:
    from google.cloud.bigquery.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(ANSWER_TIMEOUT_S)


def _partition_column(table: Table, metadata: bigquery.Table) -> str:
    """Returns the DATE column that a table is partitioned on by day."""
    if metadata.table_type != "TABLE":
        raise SpanDataError(
            f"{table} is a {metadata.table_type}; expected a table, as only tables have partitions"
        )
    by = metadata.time_partitioning
    column = by.field if by and by.type_ == "DAY" else None
    if column is None or {field.name: field.field_type for field in metadata.schema}[column] != "DATE":
        how = f"by {by.type_} on {by.field or 'the time of ingestion'}" if by else "not by time"
        raise SpanDataError(f"{table} is partitioned {how}; expected by DAY on a DATE column")
    return str(column)


def _type(field: bigquery.SchemaField) -> str:
    name = _STANDARD_NAMES.get(field.field_type, field.field_type)
    return f"ARRAY<{name}>" if field.mode == "REPEATED" else name


def _message(error: Any) -> str:
    """Returns the service's message without the request's address, which the REST client puts first."""
    text = excerpt(str(error.message), LONGEST_REFUSAL)
    return (
        f"{error.code.name if hasattr(error.code, 'name') else error.code}: "
        + re.sub(r"^(GET|POST) \S+: ", "", text)[:300]
    )


def _cause(error: BaseException) -> str:
    """Returns the name of the first cause; texts of transports may quote a request's headers."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
