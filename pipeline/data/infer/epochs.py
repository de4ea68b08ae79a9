"""Columns of seconds or milliseconds since 1970. Pure Python."""

from __future__ import annotations

import datetime as dt

from pipeline.data.infer.date_forms import DateForm
from pipeline.data.infer.day_names import names_times
from pipeline.data.infer.proposed import Context, Proposed, null_codes
from pipeline.data.profile.column_profile import ColumnProfile, Numbers
from pipeline.data.rules.import_rules import ColumnRule
from pipeline.data.rules.moment_format import EPOCHS

_YEARS = (631_152_000, 2_524_608_000)  # 1990 to 2050
_UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}
_LEAST_VALUES = 5  # of fewer different ones, nothing is said


def as_epoch(profile: ColumnProfile, name: str, _: Context) -> Proposed | None:
    """Returns times since 1970, in a column whose name says that it holds times; None if it is none."""
    unit = _unit(profile)
    if unit is None or not names_times(profile.name):
        return None
    codes, words = null_codes(profile)
    rule = ColumnRule(name, profile.name, "timestamp", (*codes, *words), (unit,))
    return Proposed(
        profile.name,
        rule,
        "timestamp",
        f"{unit}, by its name and its size",
        dates=DateForm((unit,), False, 1.0),
    )


def suspicion(profile: ColumnProfile) -> str | None:
    """Returns a sentence on numbers that may be times, whatever the column's name; None if they are none."""
    numbers = profile.point
    if numbers is None or profile.distinct < _LEAST_VALUES:
        return None
    units = next((each for each, per_second in _UNITS.items() if _is_within(numbers, per_second)), None)
    if units is None:
        return None
    first, last = (
        dt.datetime.fromtimestamp(number / _UNITS[units], dt.timezone.utc).date()
        for number in (numbers.low, numbers.high)
    )
    is_readable = numbers.whole and f"unix {units}" in EPOCHS
    advice = f"name it {profile.name}_time" if is_readable else "write whole seconds or milliseconds"
    return f"may be {units} since 1970 ({first} to {last}); if so, {advice} in the file"


def _unit(profile: ColumnProfile) -> str | None:
    """Returns in which unit all numbers are times of 1990 to 2050; None where they are not."""
    numbers = profile.point
    if not (numbers and numbers.whole):
        return None
    for unit, per_second in EPOCHS.items():
        if _is_within(numbers, per_second):
            return unit
    return None


def _is_within(numbers: Numbers, per_second: int) -> bool:
    return _YEARS[0] * per_second <= numbers.low and numbers.high < _YEARS[1] * per_second
