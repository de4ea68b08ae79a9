"""RawTable: a BigQuery table, its typed columns as text."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pyarrow as pa

from components.example_gen.bigquery_source import in_blocks, messages_of, read_client, read_retry
from components.example_gen.bigquery_table import bigquery_errors, listing
from components.example_gen.errors import NoLoginError, NoSuchTableError, SpanDataError
from components.spans.bigquery_partition import SCHEME, Table, table_and_day
from pipeline.data.raw.typed_text import TypedBatches
from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.header_rule import checked_header
from pipeline.errors import ConfigError, DataError, LoginError

if TYPE_CHECKING:
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient
    from google.cloud.bigquery_storage_v1.types import ReadSession


class RawTable:
    """A table of BigQuery, partitioned or not, all of its rows; each reading takes them as they are then.

    Attributes:
      name: of the table.
      dialect: of a table.
      header: names of the columns.
    """

    def __init__(self, address: str):
        """Asks for the columns.

        Args:
          address: `bigquery://project/dataset/table`.

        Raises:
          ConfigError: no address of a table, or there is none.
          DataError: no permission, no answer, nested columns, no rows.
        """
        self._typed, self._rows = TypedBatches(), ""
        try:
            self._table = Table.parse(address)
        except ValueError as error:
            raise ConfigError(str(error)) from error
        self.name, self.dialect = str(self._table), Dialect("table")
        with self._client() as client:
            session = self._session(client)
        schema = _schema(session)
        self.header = checked_header(self.name, schema.names)
        for name, kind in zip(schema.names, schema.types, strict=True):
            if pa.types.is_nested(kind):
                raise DataError(
                    f"{self.name}: column {name!r} is nested ({kind}); flatten it into one value a row"
                )
        if not session.streams:
            raise DataError(f"{self.name}: columns and no rows; expected at least one row")

    @classmethod
    def of_partition(cls, address: str) -> RawTable:
        """Asks for the columns of a day of a table that is partitioned by it.

        Args:
          address: `bigquery://project/dataset/table$YYYYMMDD`.

        Raises:
          ConfigError, DataError: as for a table.
        """
        table, day = table_and_day(address)
        raw = cls(f"{SCHEME}{table.project}/{table.dataset}/{table.name}")
        try:
            raw._rows = f"{listing(table, day).column} = DATE '{day}'"
        except SpanDataError as error:
            raise DataError(str(error)) from error
        return raw

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows.

        Raises:
          DataError: no permission, no answer.
        """
        self._typed = TypedBatches()
        with self._client() as client:
            session = self._session(client)
            for stream in session.streams:
                for batch in in_blocks(messages_of(client, stream.name, _schema(session))):
                    yield self._typed.as_text(batch, self.header)

    def infinite(self) -> Mapping[str, int]:
        """Returns column to how many of its cells were infinite, and are null."""
        return self._typed.infinite

    def place(self, row: int) -> str:
        """Returns the table and the number of a row in the order in which it was sent, counted from 0."""
        return f"{self.name}: row {row}"

    @contextlib.contextmanager
    def _client(self) -> Iterator[BigQueryReadClient]:
        """Gives a client, and turns what it raises into one line."""
        try:
            with bigquery_errors(self.name):
                client = read_client()
                with client:  # what its __enter__ is said to return has fewer methods
                    yield client
        except NoSuchTableError as error:
            raise ConfigError(str(error)) from error
        except NoLoginError as error:
            raise LoginError(str(error)) from error
        except SpanDataError as error:
            raise DataError(str(error)) from error

    def _session(self, client: BigQueryReadClient) -> ReadSession:
        from google.cloud.bigquery_storage_v1 import types

        table = self._table
        return client.create_read_session(
            parent=f"projects/{table.project}",
            read_session=types.ReadSession(
                table=f"projects/{table.project}/datasets/{table.dataset}/tables/{table.name}",
                data_format=types.DataFormat.ARROW,
                read_options=types.ReadSession.TableReadOptions(row_restriction=self._rows),
            ),
            max_stream_count=1,  # one stream has one order
            retry=read_retry(),
        )


def _schema(session: ReadSession) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
