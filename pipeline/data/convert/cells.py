"""Cells of raw text as the values of spans, a column of a batch at a time."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from pyarrow import compute

from pipeline.data.convert.moments import clocks, dates, timestamps
from pipeline.data.convert.numbers import booleans, numbers, wholes
from pipeline.data.rules.import_rules import ColumnRule, Reading
from pipeline.data.rules.number_text import expected_number

_TEXT_NULL = pa.scalar(None, pa.string())


class CellError(ValueError):
    """A cell that does not fit its rule.

    Attributes:
      row: in the batch, from 0.
      value: the cell.
      expected: what its rule reads, as in "a whole number".
    """

    def __init__(self, row: int, value: str, expected: str):
        super().__init__(f"{value!r} is not {expected}")
        self.row, self.value, self.expected = row, value, expected


def convert(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns the values of a column: string, int64, or float64 for a number.

    Args:
      cells: of type string; null where the cell is empty.
      rule: of the column.

    Raises:
      CellError: the first cell that does not fit.
    """
    known = without_nulls(cells, rule)
    values = _READERS[rule.reading](known, rule)
    if values.null_count > known.null_count:
        row = compute.index(_misfits(known, values), True).as_py()
        raise CellError(row, known[row].as_py(), expected_of(rule))
    return values


def not_fitting(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns for each cell whether it has something in it that the rule cannot read."""
    known = without_nulls(cells, rule)
    return _misfits(known, _READERS[rule.reading](known, rule))


def without_nulls(cells: pa.Array, rule: ColumnRule) -> pa.Array:
    """Returns cells without the blanks around them; null where nothing is known."""
    trimmed = compute.utf8_trim_whitespace(cells)
    unknown = compute.is_in(trimmed, value_set=pa.array(["", *rule.nulls], pa.string()))
    return compute.if_else(unknown, _TEXT_NULL, trimmed) if compute.any(unknown).as_py() else trimmed


def expected_of(rule: ColumnRule) -> str:
    """Returns what a message calls the cells that a rule reads."""
    if rule.reading in ("whole", "number"):
        return expected_number(rule)
    if rule.reading == "boolean":
        return f"one of {', '.join((*rule.ones, *rule.zeros))}"
    return f"a {rule.reading} written {' or '.join(rule.formats)}"


def _misfits(known: pa.Array, values: pa.Array) -> pa.Array:
    return compute.and_(compute.is_valid(known), compute.is_null(values))


def _texts(cells: pa.Array, _: ColumnRule) -> pa.Array:
    return cells


# Each gives null for a cell that it cannot read.
_READERS: dict[Reading, Callable[[pa.Array, ColumnRule], pa.Array]] = {
    "text": _texts,
    "whole": wholes,
    "number": numbers,
    "boolean": booleans,
    "date": dates,
    "timestamp": timestamps,
    "clock": clocks,
}
