"""Months that look like something else: 201501, by the name, and Jan-15 of spreadsheets. Pure Python."""

from __future__ import annotations

import re

from pipeline.data.infer import date_forms
from pipeline.data.infer.date_forms import DateForm
from pipeline.data.infer.day_names import names_months
from pipeline.data.profile.column_profile import ColumnProfile

_SHORT = re.compile(r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)-99", re.I)
_YEARS = (1950, 2050)
_MOST_NUMBERS = 15  # of more different ones up to 31, Jan-15 is a day of January


def find_form(profile: ColumnProfile) -> DateForm | None:
    """Returns how a column writes such months; None where it writes none."""
    if not profile.shapes or not profile.heads:
        return None
    if all(_SHORT.fullmatch(each) for each in profile.shapes):
        return _short(profile)
    if [*profile.shapes] != ["999999"] or not names_months(profile.name):
        return None
    form = DateForm(("%Y%m",), is_open=False, timed=0.0)
    days = [date_forms.parse(head, form) for head in profile.heads]
    return form if all(day and _YEARS[0] <= day.year <= _YEARS[1] for day in days) else None


def _short(profile: ColumnProfile) -> DateForm | None:
    numbers = {int(head[-2:]) for head in profile.heads or ()}
    if not names_months(profile.name) and len(numbers) > _MOST_NUMBERS and min(numbers) >= 1:
        return None
    return DateForm(("%b-%y",), is_open=False, timed=0.0)
