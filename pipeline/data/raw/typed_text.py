"""Typed columns as text: each value in one canonical way."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import compute

_SECONDS = len("2013-01-31 13:00:00")


def as_text(column: pa.Array) -> pa.Array:
    """Returns a column as strings: 12, 12.5, true, 2013-01-31, 2013-01-31 13:00:00, 13:00:00; "" is null.

    A moment with a zone is written as the clocks of its zone show it. NaN is null.

    Raises:
      ArrowInvalid: bytes that are not UTF-8.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_floating(kind):
        column = compute.if_else(compute.is_nan(column), pa.scalar(None, kind), column)
    if pa.types.is_float16(kind):
        column = column.cast(pa.float32())
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
