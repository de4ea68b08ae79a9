"""Columns of times of day with cells that no clock shows: 24:00, 25:19, durations. Pure Python."""

from __future__ import annotations

import dataclasses
import re

from components.shown import shown
from pipeline.data.infer import date_forms
from pipeline.data.infer.column import infer
from pipeline.data.infer.odd_days import MOST_ODD_SHARE, infer_days
from pipeline.data.infer.proposed import Context, Proposed
from pipeline.data.profile.column_profile import ALL_NULL_CODES, ColumnProfile
from pipeline.data.profile.shape import without_cells

_CLOCK_SHARE = 0.5
_MOST_ODD_VALUES = 50
_PARTS = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?( ?[AaPp]\.?[Mm]\.?)?")


def infer_times(profile: ColumnProfile, name: str, context: Context) -> Proposed:
    """Returns what a column is; one of times of day also where a few cells are none."""
    odd = _odd(profile)
    if not odd:
        return infer_days(profile, name, context)
    rows, first = sum(odd.values()), shown(next(iter(odd)))
    if rows < MOST_ODD_SHARE * profile.filled and len(odd) <= _MOST_ODD_VALUES:
        proposed = infer(_without_odd(profile, odd), name, context)
        nulls = tuple(dict.fromkeys((*proposed.rule.nulls, *odd)))
        warning = f"{rows:,} cells are no times of day, as {first}; they are read as empty"
        return proposed.warned(warning).changed(
            rule=dataclasses.replace(proposed.rule, nulls=nulls), required=False
        )
    # Without shapes they are texts.
    proposed = infer(dataclasses.replace(profile, shapes={}, heads=None), name, context)
    return proposed.warned(
        f"looks like times of day, but {rows:,} cells are none, as {first}; so it is read as text; write "
        "durations as numbers, such as minutes",
    )


def _odd(profile: ColumnProfile) -> dict[str, int]:
    """Returns value to rows of the cells that are no times of day in a column of them."""
    clocks = sum(rows for each, rows in profile.shapes.items() if date_forms.is_clock([each]))
    if clocks <= _CLOCK_SHARE * sum(profile.shapes.values()):
        return {}
    values = profile.counts if profile.counts is not None else profile.heads or {}
    return {
        value: rows
        for value, rows in values.items()
        if value not in ALL_NULL_CODES and not is_time_of_day(value)
    }


def is_time_of_day(value: str) -> bool:
    """Whether a clock of 24 hours, or one of twelve with am or pm, shows this."""
    match = _PARTS.fullmatch(value)
    if not match:
        return False
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    fits = 1 <= hour <= 12 if match[4] else hour <= 23
    return fits and minute <= 59 and second <= 59


def _without_odd(profile: ColumnProfile, odd: dict[str, int]) -> ColumnProfile:
    heads = profile.heads and {value: n for value, n in profile.heads.items() if value not in odd}
    return dataclasses.replace(without_cells(profile, odd), heads=heads)
