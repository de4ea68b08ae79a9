"""Refuses a header in the middle of a file, as of files that were put together."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyarrow import compute

from pipeline.data.raw.raw_data import RawData
from pipeline.errors import DataError


def batches_of(raw: RawData) -> Iterator[pa.RecordBatch]:
    """Yields all rows.

    Raises:
      DataError: a row has the name of its column in each cell; or as `RawData.batches`.
    """
    first = 0
    for batch in raw.batches():
        row = _header_at(batch)
        if row is not None:
            raise DataError(f"{raw.place(first + row)} is the header again; remove that line")
        first += batch.num_rows
        yield batch


def _header_at(batch: pa.RecordBatch) -> int | None:
    """Returns the first row that repeats the header; None where none does."""
    found = None
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        same = compute.fill_null(compute.equal(compute.utf8_trim_whitespace(column), name), False)
        found = same if found is None else compute.and_(found, same)
        if not compute.any(found).as_py():  # nearly always after the first column
            return None
    return None if found is None else compute.index(found, True).as_py()
