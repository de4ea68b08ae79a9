"""The range of a column's numbers, however they are decorated."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.profile.column_profile import Numbers

_DECORATION = r"^\((.*)\)$"
_TRAILING_MINUS = r"^([^-].*)-$"
_UNITS = r"[€$£¥%\s\x{00a0}\x{202f}\x{2009}'’]|USD|EUR|GBP|CHF"


class NumberRange:
    """The numbers of a column; nothing once a cell was none."""

    def __init__(self) -> None:
        self._found: Numbers | None = None
        self._refused = False

    def add(self, filled: pa.StringArray, *, comma: bool) -> None:
        """Adds cells, none of them empty; `comma` stands before decimals, or a point does."""
        if self._refused:
            return
        # One cell that is no number is found sooner than a million of them are rewritten.
        if not _is_number_like(filled[0].as_py()):
            self._refused = True
            return
        try:
            numbers = pc.cast(_plain(filled, comma=comma), pa.float64())
        except pa.ArrowInvalid:
            self._refused = True
            return
        values = numbers.to_numpy(zero_copy_only=False)
        values = values[np.isfinite(values)]
        if not len(values):
            return
        found = Numbers(float(values.min()), float(values.max()), bool((values == np.floor(values)).all()))
        self._found = found.joined(self._found) if self._found else found

    def numbers(self) -> Numbers | None:
        """Returns the range of all cells; None if one is no number."""
        return None if self._refused else self._found


def _is_number_like(cell: str) -> bool:
    return any(each.isdigit() for each in cell) and sum(each.isalpha() for each in cell) <= 4


def _plain(cells: pa.StringArray, *, comma: bool) -> pa.StringArray:
    """Returns numbers as Python writes them; of what decorates them, everything is tried off."""
    try:
        if not comma:
            pc.cast(cells, pa.float64())
            return cells
    except pa.ArrowInvalid:
        pass
    cells = pc.replace_substring_regex(cells, _DECORATION, r"-\1")
    cells = pc.replace_substring_regex(cells, _UNITS, "")
    cells = pc.replace_substring(cells, "\u2212", "-")
    cells = pc.replace_substring_regex(cells, _TRAILING_MINUS, r"-\1")
    if comma:
        cells = pc.replace_substring(pc.replace_substring(cells, ".", ""), ",", ".")
    else:
        cells = pc.replace_substring(cells, ",", "")
    return pc.replace_substring_regex(cells, r"^\+", "")
