"""Reads one day's CSV into a columnar table with the schema's types."""

from __future__ import annotations

import csv
import hashlib
import os
import re
from collections.abc import Mapping

import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as pa_csv

from components.example_gen.rule import DataFault, check_header, check_whole

_CELL_FAULT = re.compile(
    r"In CSV column #(\d+): Row #(\d+): CSV conversion error to .*?(?:invalid value '(.*)')?$", re.DOTALL
)
_ROW_FAULT = re.compile(r"CSV parse error: Row #(\d+): Expected (\d+) columns, got (\d+)")


def read_span(content: bytes, types: Mapping[str, pa.DataType], file: str) -> pa.Table:
    """Parses a span.

    Args:
      content: the file's bytes, UTF-8, with a header line.
      types: column name to int64, float32 or string, as the schema has them.
      file: the name used in errors.

    Returns:
      A table with the columns of `types` in their order; an empty cell is a null.

    Raises:
      DataFault: empty or truncated file, not UTF-8, wrong columns, a cell of the wrong type, no rows.
    """
    check_whole(file, content)
    header = _header(content, file)
    check_header(file, header, list(types))
    try:
        # Not read_csv: at its end it walks every object of the process, 40 ms a file beside TensorFlow.
        table = pa_csv.open_csv(
            pa.BufferReader(content),
            read_options=pa_csv.ReadOptions(use_threads=False),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict(types), null_values=[""], strings_can_be_null=True
            ),
        ).read_all()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataFault(f"{file}: {_explain(str(error), header, types, content)}") from error
    if table.num_rows == 0:
        raise DataFault(f"{file}: a header and no rows; expected at least one row")
    _refuse_endless(table, content, file)
    return table.select(list(types))


def read_checked(path: str, fingerprint: str, types: Mapping[str, pa.DataType]) -> pa.Table:
    """Reads a span file and makes sure that it is still the one the run was launched with.

    Raises:
      DataFault: as `read_span`; or the file is gone, or its content has changed since the launch.
    """
    file = os.path.basename(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read()
    except OSError as error:
        raise DataFault(f"{path}: {error.strerror}; the span was there when the run was launched") from error
    if hashlib.sha256(content).hexdigest() != fingerprint:
        raise DataFault(f"{file}: the content changed after the run was launched; start the run again")
    return read_span(content, types, file)


def _header(content: bytes, file: str) -> list[str]:
    try:
        return next(csv.reader([content.splitlines()[0].decode("utf-8-sig")], strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataFault(f"{file}: the header is not one line of UTF-8 CSV; save the file as UTF-8") from error


def _refuse_endless(table: pa.Table, content: bytes, file: str) -> None:
    """Raises on `nan` and `inf`, which parse as numbers and would make every mean of the column one too."""
    for field in table.schema:
        if pa.types.is_floating(field.type):
            finite = compute.fill_null(compute.is_finite(table[field.name]), True)
            position = compute.index(finite, False).as_py()
            if position >= 0:
                found = str(table[field.name][position])
                fault = _cell_fault(content, position + 2, field.name, found, field.type)
                raise DataFault(f"{file}: {fault}; leave the cell empty if nothing is known")


def _explain(message: str, header: list[str], types: Mapping[str, pa.DataType], content: bytes) -> str:
    """Turns pyarrow's message into line, column, what was found and what was expected."""
    if fault := _CELL_FAULT.match(message):
        column, row, found = fault.groups()
        return _cell_fault(content, int(row), header[int(column)], found, types[header[int(column)]])
    if fault := _ROW_FAULT.match(message):
        row, wanted, found = fault.groups()
        return f"line {_line(content, int(row))}: {found} cells, expected {wanted} as in the header"
    return " ".join(message.split())[:200]


def _cell_fault(content: bytes, row: int, column: str, found: str | None, wanted: pa.DataType) -> str:
    shown = "the cell" if found is None else repr(found[:40])
    return f"line {_line(content, row)}, column {column!r}: {shown} is not {_words(wanted)}"


def _line(content: bytes, row: int) -> int:
    """The file's line that a row begins on: a blank line is no row, and a quoted value may hold line ends."""
    rows = quotes = 0
    for number, line in enumerate(content.splitlines(), start=1):
        rows += bool(line) and quotes % 2 == 0
        quotes += line.count(b'"')
        if rows == row:
            return number
    return row


def _words(wanted: pa.DataType) -> str:
    if pa.types.is_integer(wanted):
        return "a whole number"
    return "a finite number" if pa.types.is_floating(wanted) else "UTF-8 text"
