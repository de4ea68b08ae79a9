"""Which rows judge: by a key, by a hash, or the last spans."""

from __future__ import annotations

import datetime as dt

import numpy as np

from pipeline.data.infer.column import is_key
from pipeline.data.infer.label import Label
from pipeline.data.infer.proposed import Proposed
from pipeline.data.infer.survey import Survey
from pipeline.data.propose import frame
from pipeline.data.propose.baseline import SEED
from pipeline.data.propose.calendar_rule import Calendar
from pipeline.data.propose.questions import NONE, Answers

FEW_ROWS = 1_000
_EVAL_FRACTION, _EVAL_FRACTION_OF_FEW = 0.2, 0.3


def with_key(survey: Survey, columns: list[Proposed], answers: Answers) -> list[Proposed]:
    """Returns the columns with one of them as the key, which is no feature."""
    profiles = {profile.name: profile for profile in survey.profiles}
    told = answers.split_key if answers.split_key != NONE else None
    keys = [
        column
        for column in columns
        if column.role == "feature"
        and (column.source == told if told else is_key(profiles[column.source], column))
        and column.source not in answers.keep
    ]
    if answers.split_key == NONE:
        keys = []
    for number, key in enumerate(keys):
        reason = f"says whom a row belongs to: {profiles[key.source].distinct:,} different values"
        changed = key.changed(role="key", left_out=False, kind="category", reason=reason)
        columns[columns.index(key)] = key.dropped(f"{reason}; one key is enough") if number else changed
    return columns


def split(
    sample: frame.Frame, found: Label, calendar: Calendar | None, *, spread: bool
) -> tuple[float, np.ndarray]:
    """Returns the share of rows that judge by a hash (0: the last spans do), and which of the sample do."""
    fraction = _EVAL_FRACTION_OF_FEW if len(sample.label) < FEW_ROWS else _EVAL_FRACTION
    by_hash = sample.row_hash < np.uint64(int(fraction * 2**64))
    if spread:
        by_hash = np.random.default_rng(SEED).random(len(sample.label)) < fraction
    if calendar is None or sample.days is None:
        return fraction, by_hash
    is_eval = sample.days >= (calendar.first_eval_day - dt.date(1970, 1, 1)).days
    if found.task.kind == "regression":
        return 0.0, is_eval
    classes = len(found.task.classes)
    sides = [np.bincount(sample.label[side], minlength=classes).min() for side in (is_eval, ~is_eval)]
    return (0.0, is_eval) if min(sides) >= 2 else (fraction, by_hash)
