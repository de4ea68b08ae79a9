"""Typed columns as text: each value in one canonical way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
from pyarrow import compute

_SECONDS = len("2013-01-31 13:00:00")


class TypedBatches:
    """Batches of typed columns as text, and how many of their numbers were infinite.

    Attributes:
      infinite: column to how many of its cells were.
    """

    def __init__(self) -> None:
        self.infinite: Counter[str] = Counter()

    def as_text(self, batch: pa.RecordBatch, header: Sequence[str]) -> pa.RecordBatch:
        """Returns a batch with its columns as text, named as the header."""
        for name, column in zip(header, batch.columns, strict=True):
            infinite = _infinite(column)
            if infinite:
                self.infinite[name] += infinite
        return pa.RecordBatch.from_arrays([as_text(column) for column in batch.columns], list(header))


def words_for(infinite: int) -> str:
    """Returns what is said of a column with so many infinite numbers."""
    return f"{infinite:,} cell{'s are' if infinite != 1 else ' is'} infinite and read as empty"


def as_text(column: pa.Array) -> pa.Array:
    """Returns a column as strings: 12, 12.5, true, 2013-01-31, 2013-01-31 13:00:00, 13:00:00; "" is null.

    A moment with a zone is written as the clocks of its zone show it. NaN and infinity are null.

    Raises:
      ArrowInvalid: bytes that are not UTF-8.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_float16(kind):
        return as_text(column.cast(pa.float32()))
    if pa.types.is_floating(kind):
        column = compute.if_else(compute.is_finite(column), column, pa.scalar(None, kind))
    if pa.types.is_decimal(kind):  # pyarrow 10 cannot cast it
        return pa.array(
            [None if each is None else format(each, "f") for each in column.to_pylist()], pa.string()
        )
    if pa.types.is_date64(kind):
        column = column.cast(pa.date32())
    text = column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        text = compute.utf8_slice_codeunits(text, 0, _SECONDS)
    elif pa.types.is_time(kind):
        text = compute.utf8_slice_codeunits(text, 0, len("13:00:00"))
    return compute.if_else(compute.equal(text, ""), pa.scalar(None, pa.string()), text)


def _infinite(column: pa.Array) -> int:
    """Returns how many cells are infinite."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if not pa.types.is_floating(column.type):
        return 0
    return compute.sum(compute.is_inf(column.cast(pa.float64()))).as_py() or 0
