"""Columns that cannot be a label, whatever their values. Pure Python."""

from __future__ import annotations

from components.shown import shown
from pipeline.data.infer.column import is_id
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import ColumnProfile, Numbers
from pipeline.errors import DataError

_REPEATS = 10.0  # equal pairs that chance makes, of which there is none once in 20,000 tables


def refuse(profile: ColumnProfile, feature: Proposed) -> None:
    """Ends the command where a column is none to predict.

    Raises:
      DataError: one line that says why.
    """
    name = shown(profile.name)
    if feature.kind in ("date", "timestamp", "clock"):
        raise DataError(
            f"the label {name} holds {feature.kind}s; expected classes or numbers; choose another --label"
        )
    if feature.mixed:
        raise DataError(f"the label {name}: {feature.mixed}; expected one unit; write one in the file")
    if names_its_row(profile, feature):
        raise DataError(
            f"the label {name} has another whole number in nearly every row, as an id has; expected "
            "amounts or classes; choose another --label"
        )


def names_its_row(profile: ColumnProfile, feature: Proposed) -> bool:
    """Whether whole numbers are ids: by name, as they are consecutive, or as chance would repeat some."""
    if feature.rule.reading != "whole" or profile.point is None:
        return False
    return is_id(profile, feature) or _differ_by_design(profile, profile.point)


def _differ_by_design(profile: ColumnProfile, numbers: Numbers) -> bool:
    """Whether all differ although of as many amounts drawn from their range some would be the same."""
    if profile.counts is None or profile.distinct < profile.filled:
        return False
    pairs = profile.filled * (profile.filled - 1) / 2
    return pairs / (numbers.high - numbers.low + 1) > _REPEATS
