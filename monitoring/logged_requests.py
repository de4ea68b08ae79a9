"""Requests that a model server logged, as columns: a folder of Parquet for each day in UTC.

    <folder>/day=<YYYY-MM-DD>/<name>.parquet

A row is a row of a request. Its columns: those of the model, null where the request had none; `request.time`
and the others of REQUEST; and `answer.<output>` for each output of the model that answered.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import compute, parquet

DAY = "day="
ANSWER = "answer."
# What is known of the request that a row is of; no column of a model can have such a name.
REQUEST = pa.schema(
    [
        ("request.time", pa.timestamp("us", tz="UTC")),
        ("request.version", pa.int64()),
        ("request.variant", pa.string()),
        ("request.signature", pa.string()),
        ("request.status", pa.int64()),
        ("request.code", pa.string()),
        ("request.seconds", pa.float64()),
        ("request.rows", pa.int64()),
        ("request.key", pa.string()),
        ("request.error", pa.string()),
    ]
)
_FOLDER = re.compile(DAY + r"([0-9]{4}-[0-9]{2}-[0-9]{2})")
_OK = 200


def days(folder: Path) -> list[dt.date]:
    """Returns the days that there are requests of, the first one first."""
    names = [_FOLDER.fullmatch(each.name) for each in folder.glob(f"{DAY}*") if each.is_dir()]
    return sorted(dt.date.fromisoformat(name[1]) for name in names if name)


def read(
    folder: Path, wanted: Sequence[dt.date], columns: Sequence[str] | None = None, *, failed: bool = False
) -> pa.Table:
    """Returns the rows of some days.

    Args:
      folder: of the days.
      wanted: the days; one without requests has no rows.
      columns: names of columns; all that any file has, if None. One that a file lacks is null there, as is
        one of another kind, as the texts of an output that has numbers in the last file.
      failed: whether rows of refused and failed requests are among them.
    """
    files = [path for day in wanted for path in sorted((folder / f"{DAY}{day}").glob("*.parquet"))]
    tables = [parquet.read_table(path, partitioning=None) for path in files]
    schema = _schema([table.schema for table in tables], columns)
    whole = pa.concat_tables([schema.empty_table(), *(_as(table, schema) for table in tables if len(table))])
    if not failed and len(whole):
        status = pa.chunked_array(
            [s for table in tables if len(table) for s in table["request.status"].chunks]
        )
        whole = whole.filter(compute.equal(status, _OK))
    return whole


def _schema(schemas: Sequence[pa.Schema], columns: Sequence[str] | None) -> pa.Schema:
    """Returns each column with the type that it has in the last of the files that have it."""
    found = {field.name: field.type for schema in schemas for field in schema}
    return pa.schema([(name, found.get(name, pa.null())) for name in (found if columns is None else columns)])


def _as(table: pa.Table, schema: pa.Schema) -> pa.Table:
    return pa.table([_column(table, field) for field in schema], schema=schema)


def _column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    """Returns a column with a type; nulls where a table lacks it, or has it of another kind."""
    if field.name in table.schema.names:
        with contextlib.suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return table[field.name].cast(field.type, safe=False)
    return pa.nulls(len(table), field.type)
