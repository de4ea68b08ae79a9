"""Rows as the CSV of spans: UTF-8, commas, quotes only where a cell needs them, line feeds."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import compute

_NEED_QUOTES = (b'"', b",", b"\r", b"\n")
_NEEDS_QUOTES = '[",\r\n]'


def header_line(names: Sequence[str]) -> bytes:
    """Returns the first line of a span's file."""
    return f"{','.join(names)}\n".encode()


def rows_as_csv(columns: Sequence[pa.Array]) -> pa.Array:
    """Returns a string for each row, with its line feed."""
    cells = [_cells(column) for column in columns]
    cells[-1] = compute.binary_join_element_wise(cells[-1], "\n", "", null_handling="replace")
    return compute.binary_join_element_wise(*cells, ",", null_handling="replace", null_replacement="")


def text_of(rows: pa.Array) -> Callable[[int, int], memoryview]:
    """Returns what gives the text of the rows from one to another, which is not among them; copies nothing.

    Arrow holds the strings of an array one after the other, and where each begins.
    """
    _, offsets, text = rows.buffers()
    starts = memoryview(offsets).cast("i")[rows.offset :]
    content = memoryview(text)
    return lambda first, end: content[starts[first] : starts[end]]


def rows_of(path: Path) -> tuple[str, list[str]]:
    """Returns the header and the rows of a span's file, each as it is written, without its line end."""
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        rows = [*_whole_rows(file)]
    return (rows[0], rows[1:]) if rows else ("", [])


def cell(row: str, position: int) -> str:
    """Returns one cell of a row."""
    return cells_of(row)[position]


def cells_of(row: str) -> list[str]:
    """Returns the cells of a row."""
    return next(csv.reader(io.StringIO(row, newline=""))) if '"' in row else row.split(",")


def _cells(column: pa.Array) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column.cast(pa.string())
    content = column.buffers()[2].to_pybytes() if column.buffers()[2] else b""
    if not any(each in content for each in _NEED_QUOTES):
        return column  # a look at all cells at once takes a hundredth of the time
    needing = compute.match_substring_regex(column, _NEEDS_QUOTES)
    doubled = compute.replace_substring(column, '"', '""')
    quoted = compute.binary_join_element_wise('"', doubled, '"', "")
    return compute.if_else(needing, quoted, column)


def _whole_rows(lines: Iterator[str] | io.TextIOBase) -> Iterator[str]:
    """Yields rows; one with a line end between quotes has several lines."""
    waiting = ""
    for line in lines:
        waiting += line
        if waiting.count('"') % 2 == 0:
            row = waiting.removesuffix("\n").removesuffix("\r")
            if row:
                yield row
            waiting = ""
    if waiting:
        yield waiting
