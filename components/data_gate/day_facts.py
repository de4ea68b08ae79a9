"""What the rules on single days know of a day: plain values. Pure Python and numpy."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class DayFacts:
    """One span of the window.

    Attributes:
      day: that it is named by.
      last_day: the last that it may hold rows of.
      evaluates: whether its rows are for evaluation.
      judged: whether no release has seen it, or it is among the newest.
      read: rows that the source has.
      refused: reason to rows left out.
      rows: rows kept.
      distinct: different rows among them, their day left out.
      copies: so many times, or a multiple of it, every row occurs.
      dates: rows by the day that they name, YYYY-MM-DD; empty where rows have none.
      classes: rows by label; empty where it is a number.
      one_label: share of the rows with the commonest label; NaN where it is not known.
      hashes: the smallest hashes of the different rows, sorted.
    """

    day: dt.date
    last_day: dt.date
    evaluates: bool
    judged: bool
    read: int
    refused: Mapping[str, int]
    rows: int
    distinct: int
    copies: int
    dates: Mapping[str, int]
    classes: Mapping[str, int]
    one_label: float
    hashes: np.ndarray

    @property
    def other_days(self) -> Mapping[str, int]:
        """Rows that name another day than the span holds."""
        first, last = self.day.isoformat(), self.last_day.isoformat()
        return {day: rows for day, rows in self.dates.items() if not first <= day <= last}


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something wrong with a day.

    Attributes:
      check: name of the check.
      subject: the day, YYYY-MM-DD.
      measured, threshold: what was compared.
      sentence: for the owner of the data: what, how much, what is usual, what to do.
    """

    check: str
    subject: str
    measured: float
    threshold: float
    sentence: str


def shared_rows(days: Sequence[DayFacts]) -> np.ndarray:
    """Returns the share of each day's different rows that each other day has, too, [days, days].

    Estimated from the smallest hashes, of which every day has kept all.
    """
    ends = [day.hashes[-1] for day in days if len(day.hashes) < day.distinct and len(day.hashes)]
    kept = [day.hashes[day.hashes <= min(ends)] if ends else day.hashes for day in days]
    sizes = np.array([len(hashes) for hashes in kept])
    _, position, times = np.unique(np.concatenate(kept), return_inverse=True, return_counts=True)
    repeated = times > 1
    rows = (np.cumsum(repeated) - 1)[position]
    whose = np.repeat(np.arange(len(days)), sizes)
    has = np.zeros((int(repeated.sum()), len(days)), np.float32)
    chosen = repeated[position]
    has[rows[chosen], whose[chosen]] = 1.0
    return (has.T @ has) / np.maximum(sizes, 1)[:, None]
