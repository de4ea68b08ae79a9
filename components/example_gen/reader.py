"""Reads one day's CSV into a columnar table with the schema's types."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
from collections.abc import Mapping

import pyarrow as pa
from pyarrow import csv as pa_csv

from components.example_gen.rule import DataFault, check_header, check_whole

_COLUMN_FAULT = re.compile(r"In CSV column #(\d+): (.*)", re.DOTALL)


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
            convert_options=pa_csv.ConvertOptions(
                column_types=dict(types), null_values=[""], strings_can_be_null=True
            ),
        ).read_all()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataFault(f"{file}: {_explain(str(error), header, types, content)}") from error
    if table.num_rows == 0:
        raise DataFault(f"{file}: a header and no rows; expected at least one row")
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
        first = content.split(b"\n", 1)[0].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataFault(f"{file}: the header is not UTF-8; save the file as UTF-8") from error
    return next(csv.reader([first.rstrip("\r")]))


def _explain(message: str, header: list[str], types: Mapping[str, pa.DataType], content: bytes) -> str:
    """Turns pyarrow's message into file line, column, what was found and what was expected."""
    fault = _COLUMN_FAULT.match(message)
    if not fault:
        return " ".join(message.split())[:200] + "; expected as many cells in every line as in the header"
    name = header[int(fault.group(1))]
    wanted = types[name]
    for line, cell in _cells(content, header.index(name)):
        if not _converts(cell, wanted):
            return f"line {line}, column {name!r}: {cell!r} is not {_words(wanted)}"
    return f"column {name!r}: {fault.group(2)}"


def _cells(content: bytes, position: int) -> list[tuple[int, str]]:
    rows = csv.reader(io.StringIO(content.decode("utf-8", errors="replace")))
    return [(number, row[position]) for number, row in enumerate(rows, start=1) if number > 1 and row]


def _converts(cell: str, wanted: pa.DataType) -> bool:
    if cell == "":
        return True
    try:
        pa_csv.read_csv(
            pa.BufferReader(b'"x"\n"' + cell.replace('"', '""').encode("utf-8", errors="replace") + b'"\n'),
            convert_options=pa_csv.ConvertOptions(column_types={"x": wanted}),
        )
    except pa.ArrowInvalid:
        return False
    return "\N{REPLACEMENT CHARACTER}" not in cell


def _words(wanted: pa.DataType) -> str:
    if pa.types.is_integer(wanted):
        return "a whole number"
    return "a number" if pa.types.is_floating(wanted) else "UTF-8 text"
