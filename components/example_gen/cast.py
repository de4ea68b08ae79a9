"""Columns cast to the types of the schema."""

from __future__ import annotations

import pyarrow as pa

from components.example_gen.checks import describe_type
from components.example_gen.errors import SpanDataError


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
    if _is_text(column.type):
        column = column.cast(pa.large_binary())  # neither Parquet nor Arrow checks that text is UTF-8
    try:
        # Rounded to 32 bits as in a CSV; what is too large becomes infinite, which is refused later.
        return column.cast(required, safe=not pa.types.is_floating(required))
    except pa.ArrowInvalid as error:
        row = next(row for row in range(len(column)) if not _castable(column.slice(row, 1), required))
        value = column[row].as_py()
        raise SpanDataError(
            f"{where} row {first_row + row}, column {name!r}: {value!r} is not "
            f"{describe_type(str(required), str(value))}"
        ) from error


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(plain) or pa.types.is_large_string(plain)


def _castable(value: pa.Array, required: pa.DataType) -> bool:
    try:
        value.cast(required)
    except pa.ArrowInvalid:
        return False
    return True
