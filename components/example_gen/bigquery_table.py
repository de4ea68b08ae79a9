"""Asks BigQuery what a table's columns and days are and what state they are in; reads no row."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from components.example_gen.rule import DataFault
from components.spans.bigquery_partition import STREAMING, Partition, Table, days_of, query

if TYPE_CHECKING:
    from google.cloud import bigquery

# Local servers instead of Google's; then no credentials are sent. The first one Google's client reads itself.
EMULATOR, STORAGE_EMULATOR = "BIGQUERY_EMULATOR_HOST", "BIGQUERY_STORAGE_EMULATOR_HOST"
ROLES = "roles/bigquery.dataViewer, roles/bigquery.jobUser and roles/bigquery.readSessionUser"
ANSWER_S = 60.0
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
    """Asks BigQuery for a table's columns and days.

    Args:
      day: the only one that matters; None for all.

    Raises:
      DataFault: no such table, no permission, no answer; not partitioned by day on a DATE column.
    """
    with explained(str(table)), contextlib.closing(_client(table.project)) as client:
        retry = _retry()
        found = client.get_table(f"{table}", retry=retry, timeout=ANSWER_S)
        column = _partitioning(table, found)
        answer = client.query_and_wait(
            query(table, day), location=found.location, api_timeout=ANSWER_S, retry=retry
        )
        rows = list(answer)
    return Listing(
        days=days_of(table, ((row.partition_id, row.total_rows, row.last_modified_time) for row in rows)),
        time=rows[0].now if rows else None,
        streaming=sum(row.total_rows for row in rows if row.partition_id == STREAMING),
        column=column,
        types={field.name: _type(field) for field in found.schema},
    )


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Turns what Google's libraries raise into one line; of credentials it never says more than that.

    Raises:
      DataFault: what could not be read, and why.
    """
    from google.api_core import exceptions
    from google.auth import exceptions as auth

    try:
        yield
    except exceptions.NotFound as error:
        raise DataFault(f"{what}: BigQuery does not find it ({_said(error)}); see data.source") from error
    except exceptions.Forbidden as error:
        raise DataFault(f"{what}: BigQuery refuses ({_said(error)}); the account needs {ROLES}") from error
    except exceptions.GoogleAPICallError as error:
        raise DataFault(f"{what}: BigQuery says {_said(error)}") from error
    except (exceptions.RetryError, auth.TransportError, OSError) as error:
        raise DataFault(f"{what}: BigQuery does not answer ({_cause(error)}); try again later") from error
    except auth.GoogleAuthError as error:
        raise DataFault(
            f"{what}: no usable Google credentials; `gcloud auth application-default login`, or run as a "
            "service account"
        ) from error


def emulators() -> tuple[str, str] | None:
    """Addresses of the local servers for metadata and for rows; None for Google's.

    Raises:
      DataFault: one is given without the other, which would read the rows of another table.
    """
    rest, storage = os.environ.get(EMULATOR, ""), os.environ.get(STORAGE_EMULATOR, "")
    if bool(rest) != bool(storage):
        raise DataFault(f"of {EMULATOR} and {STORAGE_EMULATOR} only one is set; set both, or neither")
    return (rest, storage) if rest else None


def _client(project: str) -> bigquery.Client:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    nobody = AnonymousCredentials() if emulators() else None  # type: ignore[no-untyped-call]
    return bigquery.Client(project=project, credentials=nobody)


def _retry() -> Any:
    from google.cloud.bigquery.retry import DEFAULT_RETRY

    return DEFAULT_RETRY.with_timeout(ANSWER_S)


def _partitioning(table: Table, found: bigquery.Table) -> str:
    """The DATE column of a table that is partitioned by day on one."""
    if found.table_type != "TABLE":
        raise DataFault(f"{table} is a {found.table_type}; expected a table, which alone has partitions")
    by = found.time_partitioning
    column = by.field if by and by.type_ == "DAY" else None
    if column is None or {field.name: field.field_type for field in found.schema}[column] != "DATE":
        how = f"by {by.type_} on {by.field or 'the time of ingestion'}" if by else "not by time"
        raise DataFault(f"{table} is partitioned {how}; expected by DAY on a DATE column")
    return str(column)


def _type(field: bigquery.SchemaField) -> str:
    name = _STANDARD_NAMES.get(field.field_type, field.field_type)
    return f"ARRAY<{name}>" if field.mode == "REPEATED" else name


def _said(error: Any) -> str:
    """The service's words without the request's address, which the REST client puts before them."""
    words = " ".join(str(error.message).split())
    return (
        f"{error.code.name if hasattr(error.code, 'name') else error.code}: "
        + re.sub(r"^(GET|POST) \S+: ", "", words)[:300]
    )


def _cause(error: BaseException) -> str:
    """The name of what lies behind an error; texts of transports may quote a request's headers."""
    while error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
