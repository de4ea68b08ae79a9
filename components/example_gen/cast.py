"""Columns cast to the types of the schema."""

from __future__ import annotations

import pyarrow as pa

from components.example_gen.errors import SpanDataError
from components.example_gen.values import kind_of, whole_numbers
from serving.values import refusal


def cast(column: pa.Array, required: pa.DataType, name: str, where: str, first_row: int) -> pa.Array:
    """Returns the column with the required type.

    Args:
      column: of another type or of this one.
      required: the type of the schema.
      name: of the column.
      where: precedes the row's number in an error: the file, and the row group for example.
      first_row: number of the column's first row.

    Raises:
      SpanDataError: a value that the required type cannot hold.
    """
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_integer(required) and pa.types.is_floating(column.type):
        return whole_numbers(column, name, lambda row: f"{where} row {first_row + row}")
    if _is_text(column.type):
        column = column.cast(pa.large_binary())  # neither Parquet nor Arrow checks that text is UTF-8
    try:
        # Rounded to 32 bits as in a CSV; what is too large becomes infinite, which is refused later.
        return column.cast(required, safe=not pa.types.is_floating(required))
    except pa.ArrowInvalid as error:
        row = next(row for row in range(len(column)) if not castable(column.slice(row, 1), required))
        raise SpanDataError(
            f"{where} row {first_row + row}, column {name!r}: {_refusal(required, column[row].as_py())}"
        ) from error


def decimals_in(column: pa.Array, required: pa.DataType) -> int:
    """Returns how many floats `cast` reads as whole numbers."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    read = pa.types.is_integer(required) and pa.types.is_floating(kind)
    return len(column) - column.null_count if read else 0


def _refusal(required: pa.DataType, value: object) -> str:
    if isinstance(value, bytes):
        return f"{value[:40]!r} is not UTF-8 text"
    return refusal(kind_of(required), value)


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def castable(value: pa.Array, required: pa.DataType) -> bool:
    """Returns whether the value of a column of one row can have a type."""
    try:
        value.cast(required)
    except pa.ArrowInvalid:
        return False
    return True
