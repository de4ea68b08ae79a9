"""Rows for a model from a CSV file, typed as the model takes them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from serving.client.connection import ModelInputs
from serving.tensors.signature import TensorSpec


class RowsError(ValueError):
    """The file does not hold rows for the model; the text names file, line, column and what was expected."""


def _boolean(cell: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[cell.lower()]


# Kind of numpy type -> how to read a cell, and what to call it in an error.
_READERS: dict[str, tuple[Callable[[str], Any], str]] = {
    "i": (int, "a whole number"),
    "u": (int, "a whole number"),
    "f": (float, "a number"),
    "b": (_boolean, "true or false"),
    "O": (str, "text"),
}


def read_rows(path: str | Path, inputs: ModelInputs) -> Iterator[dict[str, Any]]:
    """Yields one dict of column -> value per line, without empty cells and columns the model does not take.

    The file is UTF-8 with a header line, and is read while rows are taken.

    Raises:
      RowsError: the file cannot be read, lacks a required column, or holds a cell of another type.
    """
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(file, str(path), inputs)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RowsError(f"{path}: cannot be read as CSV in UTF-8: {error}") from error


def _rows(file: Any, path: str, inputs: ModelInputs) -> Iterator[dict[str, Any]]:
    reader = csv.reader(map(_without_nul, file), strict=True)
    header = next(reader, [])
    missing = sorted(inputs.specs.keys() - inputs.optional - set(header))
    if missing:
        raise RowsError(
            f"{path}: missing column(s) {', '.join(missing)}; the header line has: {', '.join(header)}"
        )
    columns = [(index, name, inputs.specs[name]) for index, name in enumerate(header) if name in inputs.specs]
    if len({name for _, name, _ in columns}) != len(columns):
        raise RowsError(f"{path}: the header line names a column twice: {', '.join(header)}")
    for cells in reader:
        where = f"{path}, line {reader.line_num}"
        if not cells:
            continue
        if len(cells) != len(header):
            raise RowsError(f"{where}: {len(cells)} cells, the header line has {len(header)}")
        yield {
            name: _value(cells[index], spec, f"{where}, column {name}")
            for index, name, spec in columns
            if cells[index] or not _may_be_empty(name, inputs, where)
        }


def _without_nul(line: str) -> str:
    if "\0" in line:
        raise csv.Error("line contains NUL")  # Python's reader takes it from 3.11 on
    return line


def _may_be_empty(name: str, inputs: ModelInputs, where: str) -> bool:
    if name not in inputs.optional:
        raise RowsError(f"{where}, column {name}: is empty, and the model has no default for it")
    return True


def _value(cell: str, spec: TensorSpec, where: str) -> Any:
    read, expected = _READERS[spec.dtype.kind]
    try:
        return read(cell)
    except (ValueError, KeyError):
        raise RowsError(f"{where}: expected {expected}, found '{cell}'") from None
