"""Columns that by their names are of days, and by their cells are not: a warning for each. Pure Python."""

from __future__ import annotations

import datetime as dt

from components.shown import shown
from pipeline.data.infer.day_names import names_days
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.column_profile import ColumnProfile

_EXCEL = (29_221, 54_789)  # 1980 to 2050, as spreadsheets count days
_EXCEL_ZERO = dt.date(1899, 12, 30)
_LEAST_VALUES, _LIKE_TIMES = 5, 0.9


def serial_days(profile: ColumnProfile) -> str | None:
    """Returns a sentence on numbers that may be days of a spreadsheet; None if they are none."""
    numbers = profile.point
    if numbers is None or not names_days(profile.name) or profile.distinct < _LEAST_VALUES:
        return None
    if not (_EXCEL[0] <= numbers.low and numbers.high < _EXCEL[1]):
        return None
    first, last = (_EXCEL_ZERO + dt.timedelta(days=int(each)) for each in (numbers.low, numbers.high))
    return f"may be days as Excel counts them ({first} to {last}); if so, write them as {first} in the file"


def with_doubt(profile: ColumnProfile, column: Proposed) -> Proposed:
    """Returns the column with a warning where its name is of days and its cells, with digits, are words."""
    is_words = column.rule.reading == "text" and column.kind == "category" and not column.warnings
    if not (is_words and names_days(profile.name)) or profile.distinct < _LEAST_VALUES:
        return column
    like_times = sum(rows for each, rows in profile.shapes.items() if each.count("9") >= 2)
    if like_times <= _LIKE_TIMES * sum(profile.shapes.values()):
        return column
    is_now = "is left out" if column.left_out else "stays a category"
    warning = (
        f"by its name it is of days, but {shown(profile.examples[0])} is read as none: it {is_now}; write "
        "days as 2013-01-31, or months as 2013-01"
    )
    return column.warned(warning)
