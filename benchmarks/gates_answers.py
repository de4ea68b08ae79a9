"""Measures how often the champion's answers to the week after its release are told as drift."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from benchmarks.gates_models import TASK, Window, probability
from benchmarks.planted_faults import FAULTS
from components.evaluator.policy import PredictionDrift
from components.evaluator.prediction_drift_rule import answers_of, judge

UNTOUCHED = "untouched"
PLANTED = ("temp in °C", "hour constant", "temp null", "new destinations 20 %", "UA and B6 swapped")
DAYS = 7


def next_weeks(flights: pd.DataFrame, last_day: datetime.date) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yields the labelled rows of the week after a day: as they were, and with each fault in all of them."""
    day = flights["flight_date"]
    until = last_day + datetime.timedelta(days=DAYS)
    week = flights[(day > last_day.isoformat()) & (day <= until.isoformat()) & flights["late"].notna()]
    yield UNTOUCHED, week
    random = np.random.default_rng(17)
    for fault in FAULTS:
        if fault.name in PLANTED:
            yield fault.name, fault.plant(week, random, ())


def told(window: Window, limit: PredictionDrift) -> dict[str, bool]:
    """Returns whether the check told of the week after a window, by what was planted in it."""
    released = answers_of(TASK, probability(window.logits[0]), window.days)
    checks = {
        name: judge(TASK, probability(logits), days, released, "", limit)
        for name, (days, logits) in window.later.items()
    }
    return {name: check is not None and not check.passed for name, check in checks.items()}


def table(found: Sequence[Mapping[str, bool]]) -> str:
    """Returns in how many windows the check told of each kind of week, as a table in Markdown."""
    lines = ["| the week after a release | `prediction drift` |", "|---|---|"]
    for name in (UNTOUCHED, *PLANTED):
        lines.append(f"| {name} | {sum(each[name] for each in found)} of {len(found)} |")
    return "\n".join(lines)
