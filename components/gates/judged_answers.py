"""What a release's record says of the candidate's answers: a rollout expects the same of its requests."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

# Custom properties of the blessing, and of the release's record after it; texts.
TASK = "task"  # what the candidate predicts, as JSON of components/task.py
SHIFT = "answer_shift_sd"
DAY_SD = "answer_shift_day_sd"  # of it between days
BESIDE = "answer_shift_beside"  # address of the Model artifact that it was compared with
PROPERTIES = (TASK, SHIFT, DAY_SD, BESIDE)


class Shift(NamedTuple):
    """Candidate less champion, on average, in standard deviations of the champion's answers to all rows.

    Attributes:
      mean: of all rows.
      day_sd: standard deviation of a day's mean from it, by rows; 0 where no column says the days.
    """

    mean: float
    day_sd: float


def shift_of(candidate: np.ndarray, champion: np.ndarray, days: np.ndarray | None) -> Shift | None:
    """Returns by how much answers to the same rows differ.

    Of several classes the first one's probability counts, as where a rollout compares two answers.

    Args:
      candidate: its answers, [rows] or [rows, classes].
      champion: its answers to the same rows.
      days: [rows] of each row's day; None where no column says it.

    Returns:
      None where no number says it: an answer is none, or the champion's are all the same.
    """
    new, old = (each.reshape(len(each), -1)[:, 0].astype(np.float64) for each in (candidate, champion))
    spread = float(old.std())
    if not spread:
        return None
    apart = (new - old) / spread
    mean = float(apart.mean())
    if not math.isfinite(mean):
        return None
    of_day = np.zeros(len(apart), int) if days is None else np.unique(days, return_inverse=True)[1]
    rows = np.bincount(of_day)
    by_day = np.bincount(of_day, apart) / rows
    return Shift(mean, float(np.sqrt(np.average((by_day - mean) ** 2, weights=rows))))
