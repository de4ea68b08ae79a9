"""How many rows with a label train, and how many judge: the others do neither."""

from __future__ import annotations

import datetime as dt

import numpy as np

from pipeline.data.infer.label import Label
from pipeline.data.propose.calendar_rule import Calendar
from pipeline.data.propose.frame import Frame

_EPOCH = dt.date(1970, 1, 1)


def in_window(
    sample: Frame, found: Label, rows: int, calendar: Calendar | None, eval_fraction: float
) -> tuple[int, int]:
    """Returns about how many rows of the window train and judge.

    Args:
      sample: its rows with a label.
      found: the label.
      rows: of the table, with a label or without.
      calendar: of all rows; None for an undated table.
      eval_fraction: share of the rows that judge; 0 where the last spans do.
    """
    if calendar is None:
        return _parted(found.rows, eval_fraction)
    if found.rows == rows or sample.days is None:
        window, judge = calendar.window_rows, calendar.eval_rows
    else:
        a_row = found.rows / max(1, len(sample.label))  # the rows that one of the sample stands for
        window, judge = (
            round(a_row * float(np.count_nonzero(sample.days >= (first - _EPOCH).days)))
            for first in (calendar.first_day, calendar.first_eval_day)
        )
    return _parted(window, eval_fraction) if eval_fraction else (window - judge, judge)


def _parted(rows: int, eval_fraction: float) -> tuple[int, int]:
    judge = round(rows * eval_fraction)
    return rows - judge, judge
