"""Kept summaries as Arrow tables: plain values in a checked schema, so that reading them runs no code.

A kept summary is a few tables in one buffer, each an Arrow stream. Its schemas are part of the code that
reads it: what was written by other code, or by somebody else, is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

Rows = dict[str, Sequence[Any] | pa.Array]  # name of a column to its values


class UnreadableSummaryError(ValueError):
    """A kept summary that is damaged, or that this code did not write."""


def versioned(
    columns: dict[str, pa.DataType], kind: str, version: int, nullable: Sequence[str] = ()
) -> pa.Schema:
    """Returns a schema that says what it holds, and in which version.

    Args:
      columns: name to type.
      kind: what the rows are.
      version: another one for another meaning of the same columns.
      nullable: columns whose values may be missing.
    """
    fields = [pa.field(name, of_type, nullable=name in nullable) for name, of_type in columns.items()]
    return pa.schema(fields, metadata={"kind": kind, "version": str(version)})


def pack(tables: Sequence[tuple[pa.Schema, Rows]]) -> bytes:
    """Returns tables as bytes.

    Args:
      tables: the schema of each, and its values by column.
    """
    sink = pa.BufferOutputStream()
    for schema, rows in tables:
        arrays = [_array(rows[field.name], field.type) for field in schema]
        with pa.ipc.new_stream(sink, schema) as stream:
            stream.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
    return sink.getvalue().to_pybytes()


def unpack(content: bytes, schemas: Sequence[pa.Schema]) -> list[pa.RecordBatch]:
    """Returns the tables that `pack` wrote.

    Args:
      content: any bytes.
      schemas: those that `pack` was given.

    Raises:
      UnreadableSummaryError: the content is not such tables.
    """
    source = pa.BufferReader(content)
    try:
        tables = [_read(source, schema) for schema in schemas]
    except (pa.ArrowException, OSError, StopIteration, MemoryError) as error:
        raise UnreadableSummaryError(f"it is no Arrow stream: {error or type(error).__name__}") from error
    if source.tell() != len(content):
        raise UnreadableSummaryError(f"{len(content) - source.tell()} bytes follow the last table")
    return tables


def _array(values: Sequence[Any] | pa.Array, of_type: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, of_type)


def _read(source: pa.BufferReader, schema: pa.Schema) -> pa.RecordBatch:
    stream = pa.ipc.open_stream(source)
    if not stream.schema.equals(schema, check_metadata=True):
        raise UnreadableSummaryError(
            f"it holds {stream.schema.names}, and not {schema.names}, or another version"
        )
    (batch,) = _batches(stream)
    batch.validate(full=True)
    for field, column in zip(schema, batch.columns, strict=True):
        if column.null_count and not field.nullable:
            raise UnreadableSummaryError(f"{field.name} lacks {column.null_count} values")
    return batch


def _batches(stream: pa.RecordBatchReader) -> list[pa.RecordBatch]:
    batches = list(stream)
    if len(batches) != 1:
        raise UnreadableSummaryError(f"a table has {len(batches)} parts, and not one")
    return batches
