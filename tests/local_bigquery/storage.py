"""The Storage Read API over gRPC, with Google's own messages and Arrow's own serialization.

Rules without another source are of
https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import re
import threading
from collections.abc import Iterator
from concurrent import futures
from typing import TYPE_CHECKING, Any

import grpc
import pyarrow as pa
from google.cloud.bigquery_storage_v1 import types
from pyarrow import compute

from tests.local_bigquery.tables import now

if TYPE_CHECKING:
    from tests.local_bigquery.server import LocalBigQuery

_SERVICE = "google.cloud.bigquery.storage.v1.BigQueryRead"
_PARENT = re.compile(r"projects/[^/]+")  # CreateReadSessionRequest.parent
_TABLE = re.compile(r"projects/([^/]+)/datasets/([^/]+)/tables/([^/$]+)")  # ReadSession.table
# ReadSession.TableReadOptions.row_restriction allows more; this server knows a day in a DATE column.
_RESTRICTION = re.compile(r"(\w+) = DATE '(\d{4}-\d{2}-\d{2})'")


@dataclasses.dataclass
class Behaviour:
    """What goes wrong or slowly, and what was seen.

    Attributes:
      message_rows: rows of one message.
      break_after: for each next call of ReadRows, after how many messages it breaks off with UNAVAILABLE.
      always_down: whether ReadRows answers nothing but UNAVAILABLE.
      offsets: where calls of ReadRows began.
      sent: messages that were given to gRPC.
      sessions: requests for a session.
    """

    message_rows: int = 2
    break_after: list[int] = dataclasses.field(default_factory=list)
    always_down: bool = False
    offsets: list[int] = dataclasses.field(default_factory=list)
    sent: int = 0
    sessions: list[types.CreateReadSessionRequest] = dataclasses.field(default_factory=list)


class ReadApi:
    """CreateReadSession and ReadRows."""

    def __init__(self, bigquery: LocalBigQuery):
        self._bigquery = bigquery
        self._streams: dict[str, pa.Table] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count()

    def create_read_session(
        self, request: types.CreateReadSessionRequest, context: grpc.ServicerContext
    ) -> types.ReadSession:
        """Answers with one stream, or with none where no row is left."""
        self._bigquery.behaviour.sessions.append(request)
        asked = request.read_session
        table = _TABLE.fullmatch(asked.table)
        if not _PARENT.fullmatch(request.parent) or not table:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"no names: {request.parent!r}, {asked.table!r}")
        if asked.data_format != types.DataFormat.ARROW:  # DATA_FORMAT_UNSPECIFIED is not supported; Avro is
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "this server speaks Arrow alone")
        # https://cloud.google.com/bigquery/docs/access-control#bigquery.readSessionUser
        for permission in ("bigquery.readsessions.create", "bigquery.tables.getData"):
            if permission in self._bigquery.denied:
                context.abort(grpc.StatusCode.PERMISSION_DENIED, f"the user does not have {permission}")
        found = self._bigquery.tables.get(table.groups())
        if found is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Not found: Table {':'.join(table.groups())}")
        rows = self._rows(found, asked, context)
        name = f"{request.parent}/locations/us/sessions/s{next(self._numbers)}"
        streams = [types.ReadStream(name=f"{name}/streams/0")] if rows.num_rows else []
        with self._lock:
            self._streams |= {stream.name: rows for stream in streams}
        return types.ReadSession(
            name=name,
            table=asked.table,
            data_format=asked.data_format,
            arrow_schema=types.ArrowSchema(serialized_schema=rows.schema.serialize().to_pybytes()),
            streams=streams,
        )

    def read_rows(
        self, request: types.ReadRowsRequest, context: grpc.ServicerContext
    ) -> Iterator[types.ReadRowsResponse]:
        """Sends what is left of a stream from an offset on."""
        behaviour = self._bigquery.behaviour
        behaviour.offsets.append(request.offset)
        rows = self._streams.get(request.read_stream)
        if rows is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no stream {request.read_stream!r}")
        if request.offset > rows.num_rows:  # ReadRowsRequest.offset: beyond what was read is undefined
            context.abort(grpc.StatusCode.OUT_OF_RANGE, f"offset {request.offset} of {rows.num_rows} rows")
        left = behaviour.break_after.pop(0) if behaviour.break_after else None
        for first in range(request.offset, rows.num_rows, behaviour.message_rows):
            if left == 0 or behaviour.always_down:
                context.abort(grpc.StatusCode.UNAVAILABLE, "the connection was closed")
            left = None if left is None else left - 1
            part = rows.slice(first, behaviour.message_rows)
            behaviour.sent += 1
            yield types.ReadRowsResponse(
                row_count=part.num_rows,
                arrow_record_batch=types.ArrowRecordBatch(
                    serialized_record_batch=_batch(part).serialize().to_pybytes()
                ),
            )
        if left == 0:
            context.abort(grpc.StatusCode.UNAVAILABLE, "the connection was closed after the last row")

    def _rows(self, table: Any, asked: types.ReadSession, context: grpc.ServicerContext) -> pa.Table:
        snapshot = asked.table_modifiers.snapshot_time or now()
        # https://cloud.google.com/bigquery/docs/time-travel: seven days back, and never ahead.
        if not now() - dt.timedelta(days=7) <= snapshot <= now():
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"snapshot_time {snapshot} is out of reach")
        options = asked.read_options
        unknown = [name for name in options.selected_fields if name not in table.types]
        restriction = _RESTRICTION.fullmatch(options.row_restriction)
        is_known = table.types.get(restriction[1]) == "DATE" if restriction else not options.row_restriction
        if unknown or not is_known:
            context.abort(
                grpc.StatusCode.INVALID_ARGUMENT, f"unknown: {unknown}, {options.row_restriction!r}"
            )
        # Rows in the streaming buffer are there for a reader, and in no partition.
        rows = pa.concat_tables([table.arrow.empty_table(), *table.as_of(snapshot).values()])
        if restriction:
            day = pa.scalar(dt.date.fromisoformat(restriction[2]), pa.date32())
            rows = rows.filter(compute.equal(rows[restriction[1]], day))
        # TableReadOptions.selected_fields: the order of the fields that are sent is the table's.
        # None selected: all.
        return rows.select([name for name in table.types if name in (options.selected_fields or table.types)])


def serve(bigquery: LocalBigQuery) -> tuple[grpc.Server, int]:
    """Starts it on a free port."""
    api = ReadApi(bigquery)
    handlers = {
        "CreateReadSession": grpc.unary_unary_rpc_method_handler(
            api.create_read_session,
            types.CreateReadSessionRequest.deserialize,
            types.ReadSession.serialize,
        ),
        "ReadRows": grpc.unary_stream_rpc_method_handler(
            api.read_rows, types.ReadRowsRequest.deserialize, types.ReadRowsResponse.serialize
        ),
    }
    server = grpc.server(
        futures.ThreadPoolExecutor(4),
        options=[("grpc.max_send_message_length", -1), ("grpc.so_reuseport", 0)],
    )
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(_SERVICE, handlers)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def _batch(rows: pa.Table) -> pa.RecordBatch:
    (batch,) = rows.combine_chunks().to_batches()
    return batch
