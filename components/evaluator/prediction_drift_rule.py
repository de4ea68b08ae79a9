"""Prediction drift: whether the champion answers new rows otherwise than the rows of its release."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from components.evaluator.metric_table import MULTICLASS
from components.evaluator.policy import PredictionDrift
from components.gates.verdict import Check
from components.task import Task
from monitoring import profiles
from monitoring.baseline import Baseline
from monitoring.drift_rule import drifts
from monitoring.drift_words import of_drift
from monitoring.history import natural_range
from monitoring.profiles import Profile

NAME = "prediction drift"
FILE = "answers.json"
ANSWER = "answer"
_NO_DAY = ""
_LEAST_DAYS = 3  # one day alone is weather


def answers_of(task: Task, answers: np.ndarray, days: np.ndarray | None) -> Baseline:
    """Returns what a later run compares the champion's answers with.

    Args:
      task: what the model predicts.
      answers: [rows], or [rows, classes] of several classes.
      days: [rows] of each row's day; None where no column says it.
    """
    days = np.full(len(answers), _NO_DAY) if days is None else days
    different = [str(day) for day in np.unique(days)]
    by_day = [_profile(task, answers[days == day]) for day in different]
    return Baseline(
        days=dict.fromkeys(different, ""),
        columns={ANSWER: profiles.merged(by_day)},
        ranges={ANSWER: natural_range(by_day)},
    )


def judge(
    task: Task,
    answers: np.ndarray,
    days: np.ndarray | None,
    released: Baseline | None,
    why_none: str,
    limit: PredictionDrift,
) -> Check | None:
    """Returns the check on the champion's answers to the days that its release has not seen; None if ignored.

    Args:
      task: what the champion predicts.
      answers: the champion's, [rows] or [rows, classes].
      days: [rows] of each row's day; None where no column says it, and then every row is judged.
      released: its answers at its release; None if they are not known.
      why_none: why not; then the check fails.
      limit: what is told, and what that does.
    """
    if limit.reaction == "ignore":
        return None
    if released is None:
        reason = f"{NAME} was not judged: {why_none}"
        return Check(NAME, "champion", None, None, False, reason, action=limit.reaction)
    judged = np.full(len(answers), True) if days is None else _newest(days, released)
    if not judged.any():
        return Check(NAME, "no new days", 0, limit.floor, True, "")
    now = _profile(task, answers[judged])
    what, beside = "all rows", "its release"
    if days is not None:
        what = f"{min(days[judged])} … {max(days[judged])}"
        beside = f"its release, {released.span}"
    for drift in drifts({ANSWER: now}, released, limit.floor):
        told = dataclasses.replace(drift, column="the champion's answer")
        reason = of_drift(told, now, released.columns[ANSWER], what, beside)
        return Check(NAME, what, drift.measured, drift.threshold, False, reason, action=limit.reaction)
    return Check(NAME, what, 0, limit.floor, True, "")


def _newest(days: np.ndarray, released: Baseline) -> np.ndarray:
    """Returns whether each row is of a day that the release has not seen, or of the newest few."""
    different = np.unique(days)
    new = [day for day in different if str(day) not in released.days]
    if not new:
        return np.full(len(days), False)
    return np.isin(days, different[-max(len(new), _LEAST_DAYS) :])


def _profile(task: Task, answers: np.ndarray) -> Profile:
    """Returns how often each answer is given; of several classes, how often each is the likeliest."""
    if task.kind == MULTICLASS:
        classes = pa.array([str(each) for each in task.classes])
        return profiles.of_categories(classes.take(pa.array(answers.argmax(axis=1))))
    return profiles.of_numbers(pa.array(answers, pa.float64()))
