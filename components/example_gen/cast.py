"""Gives a column the type of the schema, or names the first value that it cannot hold."""

from __future__ import annotations

import pyarrow as pa

from components.example_gen.rule import DataFault, wanted_words


def cast(column: pa.Array, wanted: pa.DataType, name: str, where: str, first: int) -> pa.Array:
    """The column with the wanted type.

    Args:
      where: what stands before the row's number in the fault, file and row group for example.
      first: number of the column's first row.

    Raises:
      DataFault: a value that is lost in the wanted type.
    """
    if _is_text(column.type):
        column = column.cast(pa.large_binary())  # neither Parquet nor Arrow sees to it that text is UTF-8
    try:
        # Rounded to 32 bits as in a CSV; what is too large becomes infinite, which is refused later.
        return column.cast(wanted, safe=not pa.types.is_floating(wanted))
    except pa.ArrowInvalid as error:
        row = next(row for row in range(len(column)) if not _castable(column.slice(row, 1), wanted))
        found = column[row].as_py()
        raise DataFault(
            f"{where} row {first + row}, column {name!r}: {found!r} is not "
            f"{wanted_words(str(wanted), str(found))}"
        ) from error


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(plain) or pa.types.is_large_string(plain)


def _castable(value: pa.Array, wanted: pa.DataType) -> bool:
    try:
        value.cast(wanted)
    except pa.ArrowInvalid:
        return False
    return True
