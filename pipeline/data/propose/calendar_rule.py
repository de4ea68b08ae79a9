"""How a dated table is cut into spans, and which of them judge. Pure Python."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import statistics
from collections.abc import Mapping

from components.spans.grain import GRAINS, GrainName

_GRAINS: tuple[GrainName, ...] = ("day", "week", "month")
_LEAST_SPANS = 8
_LEAST_ROWS = 20  # of a span
# More spans than these are too many, if fewer rows than those are in one: each costs some milliseconds a run
# for a table of so many columns, and more for a wider one.
_MANY_SPANS = ((120, 500), (400, 5_000))
_COLUMNS = 30
_MOST_ROWS = 2_000_000  # of a window; more of them teach a model of a table little
_EVAL_SHARE, _MOST_EVAL_SHARE = 0.2, 0.4
_VALIDATION_SHARE = 0.15


@dataclasses.dataclass(frozen=True)
class Calendar:
    """The spans of a table.

    Attributes:
      grain: what one span holds.
      rows: first day of each span to its rows, in order.
      days, eval_days: number of spans in the window; that judge.
      validation_days: number of days with rows, the last before those that judge, that stop the training.
      has_gaps: whether spans are missing in between.
    """

    grain: GrainName
    rows: Mapping[dt.date, int]
    days: int
    eval_days: int
    validation_days: int
    has_gaps: bool

    @property
    def window_rows(self) -> int:
        """Rows of the window."""
        return sum(self._counts)

    @property
    def eval_rows(self) -> int:
        """Rows that judge."""
        return sum(self._counts[-self.eval_days :])

    @property
    def first_eval_day(self) -> dt.date:
        """The first day of the first span that judges."""
        return [*self.rows][-self.eval_days]

    @property
    def first_day(self) -> dt.date:
        """The first day of the window."""
        return [*self.rows][-self.days]

    @property
    def _counts(self) -> list[int]:
        return [*self.rows.values()][-self.days :]


def choose(rows_of_day: Mapping[dt.date, int], columns: int = _COLUMNS) -> Calendar | None:
    """Returns the finest spans that are neither thin nor too many; None where there are too few of any.

    Args:
      rows_of_day: how many rows each day has that has any.
      columns: of the table.
    """
    wide = max(1.0, columns / _COLUMNS)
    by_grain = {grain: _spans(rows_of_day, grain) for grain in _GRAINS}
    for finer, coarser in itertools.pairwise(_GRAINS):
        if len(by_grain[finer]) == len(by_grain[coarser]):  # weekly data is no daily data with gaps
            by_grain[finer] = {}
    enough = {grain: spans for grain, spans in by_grain.items() if len(spans) >= _LEAST_SPANS}
    for grain, spans in enough.items():
        median = statistics.median(spans.values())
        many = any(len(spans) * wide > most and median < rows for most, rows in _MANY_SPANS)
        if median >= _LEAST_ROWS and not many:
            return _calendar(grain, spans, rows_of_day)
    # All are thin: the coarsest of which there are enough.
    return _calendar(*[*enough.items()][-1], rows_of_day) if enough else None


def _spans(rows_of_day: Mapping[dt.date, int], grain: GrainName) -> dict[dt.date, int]:
    spans: dict[dt.date, int] = {}
    for day in sorted(rows_of_day):
        first = GRAINS[grain].first_day(day)
        spans[first] = spans.get(first, 0) + rows_of_day[day]
    return spans


def _calendar(grain: GrainName, spans: Mapping[dt.date, int], rows_of_day: Mapping[dt.date, int]) -> Calendar:
    counts = [*spans.values()]
    days = _newest(counts, _MOST_ROWS, len(counts))
    counts = counts[-days:]
    eval_days = min(_newest(counts, _EVAL_SHARE * sum(counts), 0), max(1, int(_MOST_EVAL_SHARE * days)))
    train = counts[:-eval_days]
    validation = min(_newest(train, _VALIDATION_SHARE * sum(train), 0), max(1, len(train) // 3))
    first_held, first_eval = [*spans][-eval_days - validation], [*spans][-eval_days]
    held_out = sum(first_held <= day < first_eval for day in rows_of_day)
    return Calendar(grain, spans, days, eval_days, held_out, _has_gaps([*spans], grain))


def _newest(counts: list[int], wanted: float, otherwise: int) -> int:
    """Returns how many of the last spans together have so many rows."""
    together = 0
    for number, rows in enumerate(reversed(counts), start=1):
        together += rows
        if together >= wanted:
            return number
    return otherwise


def _has_gaps(spans: list[dt.date], grain: GrainName) -> bool:
    step = {"day": 1, "week": 7, "month": 31}[grain]
    return any((later - earlier).days > step for earlier, later in itertools.pairwise(spans))
