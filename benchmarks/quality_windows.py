"""The six windows of the year on which models are compared, and how they are judged."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

WINDOW_DAYS = 60
EVAL_DAYS = 14
LAST_DAYS = tuple(
    datetime.date.fromisoformat(day)
    for day in ("2013-03-01", "2013-04-30", "2013-06-30", "2013-08-31", "2013-10-31", "2013-12-31")
)


@dataclass(frozen=True)
class Score:
    """How well probabilities fit the labels of a window's eval days."""

    auc: float
    log_loss: float


def split(flights: pd.DataFrame, last_day: datetime.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns the labelled flights of the window's first 46 days (train) and of its last 14 (eval)."""
    first_day = last_day - datetime.timedelta(days=WINDOW_DAYS - 1)
    first_eval_day = last_day - datetime.timedelta(days=EVAL_DAYS - 1)
    labelled = flights[flights["late"].notna()]
    day = labelled["flight_date"]
    train = labelled[(day >= first_day.isoformat()) & (day < first_eval_day.isoformat())]
    evaluation = labelled[(day >= first_eval_day.isoformat()) & (day <= last_day.isoformat())]
    return train, evaluation


def score(late: np.ndarray, probability: np.ndarray) -> Score:
    """Returns how well `probability` [rows] fits `late` [rows] of 0 and 1."""
    return Score(float(roc_auc_score(late, probability)), float(log_loss(late, probability)))
