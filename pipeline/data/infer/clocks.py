"""Columns of times of day: 14:05, or 1405 in a column whose name says so. Pure Python."""

from __future__ import annotations

from pipeline.data.infer import date_forms
from pipeline.data.infer.day_names import names_a_clock
from pipeline.data.infer.proposed import Context, Proposed, null_codes
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.rules.import_rules import ColumnRule


def as_clock(profile: ColumnProfile, name: str, _: Context) -> Proposed | None:
    """Returns a column of times of day; None if it is none."""
    shapes = profile.shapes
    codes, words = null_codes(profile)
    formats = date_forms.is_clock(shapes) if shapes else ()
    if formats:
        rule = ColumnRule(name, profile.name, "clock", (*codes, *words), formats)
        return Proposed(profile.name, rule, "clock", "times of day, kept as hhmm")
    numbers = profile.point
    if not (numbers and numbers.whole and names_a_clock(profile.name) and profile.counts is not None):
        return None
    values = [value for value in profile.counts if value not in profile.codes]
    if profile.distinct < 15 or numbers.high <= 60 or not all(_is_hhmm(value) for value in values):
        return None
    rule = ColumnRule(name, profile.name, "whole", (*codes, *words))
    return Proposed(profile.name, rule, "clock", "hhmm, by its name and as no minutes are above 59")


def _is_hhmm(value: str) -> bool:
    try:
        number = int(float(value))
    except ValueError:
        return False
    return 0 <= number <= 2400 and number % 100 < 60
