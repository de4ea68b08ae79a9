"""Reader of one day of a BigQuery table, message by message, with the schema's types."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from components.example_gen.bigquery_table import Listing, bigquery_errors, emulators, listing
from components.example_gen.cast import cast, decimals_in
from components.example_gen.checks import check_columns, extra_columns
from components.example_gen.errors import SpanDataError
from components.example_gen.values import describe_type
from components.spans.bigquery_partition import table_and_day

if TYPE_CHECKING:
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient
    from google.cloud.bigquery_storage_v1.types import ReadSession

BLOCK_BYTES, BLOCK_ROWS = 8 << 20, 65_536
RETRY_TIMEOUT_S = 300.0  # without a message from a stream that broke off
_FITS = {
    "int64": frozenset({"INT64", "BOOL", "FLOAT64"}),
    "float": frozenset({"FLOAT64", "INT64"}),
    "string": frozenset({"STRING", "DATE"}),
}
_ADVICE = {"int64": "INT64", "float": "FLOAT64", "string": "STRING"}


class BigQuerySource:
    """One partition of a table, read by the Storage Read API as it was when it was checked.

    Attributes:
      decimals: how many values of whole-number columns have been read so far that were stored as floats.
      extra: columns of the table that are not among `types`, and so not read; not the one of the day.
    """

    def __init__(self, address: str, types: Mapping[str, pa.DataType], fingerprint: str):
        """Makes sure that the partition is still the one the run was launched with.

        Args:
          address: `bigquery://project/dataset/table$YYYYMMDD`.
          types: column name to int64, float32 or string.
          fingerprint: `Partition.fingerprint` at the launch.

        Raises:
          SpanDataError: it is gone or was written to, or the table cannot be read.
        """
        self._table, self._day = table_and_day(address)
        self._file, self._types = os.path.basename(address), dict(types)
        self._listing = listing(self._table, self._day)
        self._rows = self._check_unchanged(fingerprint)
        self.decimals = 0
        self.extra = extra_columns([*self._listing.types], {*self._types, self._listing.column})

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows in blocks of 8 MB and a message; a stream that breaks off is resumed where it was.

        Raises:
          SpanDataError: columns that are missing or of another type, a value beyond its type, no rows, other
            rows than were counted, no permission, no answer.
        """
        self._check_columns(self._listing)
        rows = 0
        with bigquery_errors(self._file), read_client() as client:
            for batch in in_blocks(self._messages(client)):
                yield self._typed(batch, rows)
                rows += batch.num_rows
        if not rows and not self._rows:
            raise SpanDataError(f"{self._file}: no rows; expected at least one")
        if rows != self._rows:
            raise SpanDataError(
                f"{self._file}: {rows} rows were read and the partition has {self._rows}; rows on their way "
                "through the streaming buffer and row-level policies do that: wait, or lift the policy, and "
                "start the run again"
            )

    def place(self, row: int) -> str:
        """Returns the number of a row in the order of the stream, counted from 0."""
        return f"row {row}"

    def _check_unchanged(self, fingerprint: str) -> int:
        """Returns the partition's number of rows."""
        partition = self._listing.days.get(self._day)
        if partition is None:
            raise SpanDataError(f"{self._file}: no such partition; it was there when the run was launched")
        if partition.fingerprint != fingerprint:
            raise SpanDataError(
                f"{self._file}: the content changed after the run was launched; start the run again"
            )
        return partition.rows

    def _check_columns(self, table: Listing) -> None:
        check_columns(self._file, list(table.types), list(self._types))
        for name, required in self._types.items():
            kind = table.types[name]
            if kind.startswith("ARRAY") or kind == "STRUCT":
                raise SpanDataError(
                    f"{self._file}: column {name!r} is nested ({kind}); flatten it into one value a row"
                )
            if kind not in _FITS[str(required)]:
                raise SpanDataError(
                    f"{self._file}: column {name!r} holds {kind}, which is not "
                    f"{describe_type(required)}; write it as {_ADVICE[str(required)]}"
                )

    def _messages(self, client: BigQueryReadClient) -> Iterator[pa.RecordBatch]:
        session = client.create_read_session(
            parent=f"projects/{self._table.project}",
            read_session=self._session(),
            max_stream_count=1,  # one stream has one order
            retry=read_retry(),
        )
        schema = pa.ipc.read_schema(pa.py_buffer(session.arrow_schema.serialized_schema))
        for stream in session.streams:
            yield from messages_of(client, stream.name, schema)

    def _session(self) -> ReadSession:
        from google.cloud.bigquery_storage_v1 import types

        return types.ReadSession(
            table=f"projects/{self._table.project}/datasets/{self._table.dataset}/tables/{self._table.name}",
            data_format=types.DataFormat.ARROW,
            table_modifiers=types.ReadSession.TableModifiers(snapshot_time=self._listing.time),
            read_options=types.ReadSession.TableReadOptions(
                selected_fields=list(self._types),
                row_restriction=f"{self._listing.column} = DATE '{self._day}'",
            ),
        )

    def _typed(self, batch: pa.RecordBatch, first: int) -> pa.RecordBatch:
        columns = []
        for name, required in self._types.items():
            column = batch.column(batch.schema.get_field_index(name))  # sent in the table's order
            self.decimals += decimals_in(column, required)
            columns.append(cast(column, required, name, f"{self._file}:", first))
        return pa.RecordBatch.from_arrays(columns, list(self._types))


def messages_of(client: BigQueryReadClient, stream: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yields the messages of a stream; one that breaks off is resumed where it was."""
    for message in client.read_rows(stream, retry=read_retry()):
        content = pa.py_buffer(message.arrow_record_batch.serialized_record_batch)
        yield pa.ipc.read_record_batch(content, schema)


def in_blocks(messages: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yields messages joined into batches that are worth encoding; BigQuery's may hold few rows."""
    waiting: list[pa.RecordBatch] = []
    size = rows = 0
    for message in messages:
        waiting.append(message)
        size, rows = size + message.nbytes, rows + message.num_rows
        if size >= BLOCK_BYTES or rows >= BLOCK_ROWS:
            yield _joined(waiting)
            waiting, size, rows = [], 0, 0
    if waiting:
        yield _joined(waiting)


def _joined(messages: list[pa.RecordBatch]) -> pa.RecordBatch:
    columns = [pa.concat_arrays(parts) for parts in zip(*(m.columns for m in messages), strict=True)]
    return pa.RecordBatch.from_arrays(columns, messages[0].schema.names)


def read_client() -> BigQueryReadClient:
    """Returns a client of the Storage Read API, or of the local server in its place."""
    from google.cloud.bigquery_storage_v1 import BigQueryReadClient

    hosts = emulators()
    if hosts is None:
        return BigQueryReadClient()
    import grpc
    from google.cloud.bigquery_storage_v1.services.big_query_read.transports import BigQueryReadGrpcTransport

    # Google's own channel has no limit either: a message may have 100 MiB.
    channel = grpc.insecure_channel(hosts[1], options=[("grpc.max_receive_message_length", -1)])
    return BigQueryReadClient(transport=BigQueryReadGrpcTransport(channel=channel))


def read_retry() -> Any:
    """Returns the client's own retry policy, for minutes and not for a day."""
    from google.api_core import exceptions, retry

    return retry.Retry(
        predicate=retry.if_exception_type(exceptions.ServiceUnavailable),
        initial=0.1,
        maximum=10.0,
        timeout=RETRY_TIMEOUT_S,
    )
