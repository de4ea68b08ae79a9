"""What one column of a raw file holds: plain numbers and tables, from the whole file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

TIME_OF_DAY = r"[ T]+[0-9]{1,2}:.*$"  # after a day; `heads` are cells without it
# Cells that say "nothing here" in whatever column they stand.
NULL_CODES = (
    *("", "NA", "N/A", "n/a", "na", "#N/A", "NaN", "nan", "NAN", "-nan", "<NA>", "NULL", "null", "Null"),
    *("\\N", "?", "-", "--", "–", "—", "."),
)
# Numbers without end, as programs write them; empty in a column of numbers.
INFINITE = (
    *("inf", "-inf", "+inf", "Inf", "-Inf", "INF", "-INF"),
    *("infinity", "-infinity", "Infinity", "-Infinity", "+Infinity"),
)
# Words that say it in a column of numbers, days or times only: elsewhere they may be a class of their own.
NULL_WORDS = (
    *INFINITE,
    *("None", "none", "NONE", "nil", "missing", "Missing", "MISSING", "unknown", "Unknown", "UNKNOWN"),
    *("n.a.", "N.A.", "k.A.", "k. A.", "not available", "tbd", "TBD", "x", "X", "*", "**", "…", "..."),
    *(
        "#VALUE!",
        "#REF!",
        "#DIV/0!",
        "#NUM!",
        "#NAME?",
        "NaT",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "00.00.0000",
        "00/00/0000",
    ),
)
ALL_NULL_CODES = (*NULL_CODES, *NULL_WORDS)


@dataclasses.dataclass(frozen=True)
class Numbers:
    """The numbers of a column whose cells were all read as numbers."""

    low: float
    high: float
    whole: bool

    def joined(self, other: Numbers) -> Numbers:
        """Returns what holds for both."""
        return Numbers(min(self.low, other.low), max(self.high, other.high), self.whole and other.whole)


@dataclasses.dataclass(frozen=True)
class ColumnProfile:
    """One column of the raw file.

    Attributes:
      name: the header, as it was written.
      rows: of the whole file.
      counts: value to the number of its rows, null codes included; None where there are too many values.
      codes: null code (a cell of ALL_NULL_CODES) to the number of its rows; the empty cell is "".
      shapes: shape of a value (each digit a 9, see shapes.py) to the number of its rows, without null codes.
        Empty where there are too many of them, which is how free text looks.
      heads: values without a time of day at their end, and without null codes, to the number of their rows.
      point, comma: the numbers, if all cells but null codes are numbers with a decimal point (comma).
      leading_zeros: rows of more than one digit that begin with a zero.
      zero_point, zero_comma: rows with a lone zero before a point (comma) and digits, as 0,342: no thousand.
      distinct: number of different values without null codes; an estimate where `counts` is None.
      words: mean number of words of a cell, from the sample.
      longest: characters of the longest cell.
      examples: some values, in the order of the file.
    """

    name: str
    rows: int
    counts: Mapping[str, int] | None
    codes: Mapping[str, int]
    shapes: Mapping[str, int]
    heads: Mapping[str, int] | None
    point: Numbers | None
    comma: Numbers | None
    leading_zeros: int
    distinct: int
    words: float
    longest: int
    examples: tuple[str, ...]
    zero_point: int = 0
    zero_comma: int = 0

    @property
    def filled(self) -> int:
        """Rows that hold something."""
        return self.rows - sum(count for code, count in self.codes.items() if code in NULL_CODES)

    @property
    def null_share(self) -> float:
        """Share of rows that hold nothing."""
        return 1 - self.filled / self.rows if self.rows else 1.0
