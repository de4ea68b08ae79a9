"""Columns of days and times: as people write them. Pure Python."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

from pipeline.data.infer import date_forms, months
from pipeline.data.infer.date_forms import DateForm
from pipeline.data.infer.proposed import Context, Proposed, null_codes
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.rules.import_rules import ColumnRule, Reading


def as_dates(profile: ColumnProfile, name: str, context: Context) -> Proposed | None:
    """Returns a column of days or times; None if it is none."""
    form = date_forms.find_form(profile.shapes, profile.heads) or months.find_form(profile)
    if form is None or (form.formats == ("%Y%m%d",) and not _near(profile, form)):
        return None
    was_open = form.is_open
    if form.is_open and context.order:
        form = form.ordered(context.order)
    settled = form.ordered("day") if form.is_open else form
    days = [day for head in profile.heads or () if (day := date_forms.parse(head, settled.days_only()))]
    codes, words = null_codes(profile)
    timed = form.timed > 0 and not _at_midnight(profile)
    reading: Reading = "timestamp" if timed else "date"
    rule = ColumnRule(name, profile.name, reading, (*codes, *words), form.formats)
    warnings, rule = _century(days, rule, context)
    days = [_in_century(day, rule) for day in days]
    what = "months, each as its first day," if form.of_months else "days" if reading == "date" else "times"
    span = f" from {min(days)} to {max(days)}" if days else ""
    how = (
        f", written {settled.formats[0]}"
        if settled.formats[0] not in ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
        else ""
    )
    reason = f"{what}{span}{how}"
    if was_open and context.order:
        reason += f", {context.order} first as you said"
    return Proposed(profile.name, rule, reading, reason, warnings=warnings, dates=form)


def _near(profile: ColumnProfile, form: DateForm) -> bool:
    days = [date_forms.parse(head, form) for head in profile.heads or ()]
    return bool(days) and all(day and 1900 <= day.year <= 2100 for day in days)


def _century(days: list[dt.date], rule: ColumnRule, context: Context) -> tuple[tuple[str, ...], ColumnRule]:
    """Returns warnings on days that are centuries away, and the rule with two-digit years in theirs."""
    this_year = context.today.year
    if any("%y" in form for form in rule.formats):
        pivot = this_year % 100 if any(day.year > this_year for day in days) else rule.pivot
        return (), dataclasses.replace(rule, pivot=pivot)
    far = [day for day in days if not this_year - 130 <= day.year <= this_year + 80]
    if not far:
        return (), rule
    return (
        f"{len(far):,} days are of another century, as {far[0]}; mend them in the file if they are wrong",
    ), rule


def _in_century(day: dt.date, rule: ColumnRule) -> dt.date:
    """Returns a day as the rule reads it, which may be a century before Python's reading."""
    two_digits = any("%y" in form for form in rule.formats)
    if not two_digits or day.year < 2000 or day.year % 100 <= rule.pivot:
        return day
    return day.replace(year=day.year - 100, day=min(day.day, 28))


def _at_midnight(profile: ColumnProfile) -> bool:
    """Whether all times of day that were seen are midnight, as an export writes plain days."""
    cells = profile.counts if profile.counts is not None else profile.examples
    return all(
        re.search(r"(?:[ T]0?0:00(?::00(?:[.,]0+)?)?|12:00(?::00)? ?[aA][mM])(?:Z|[+-]00:?00)?$", cell)
        for cell in cells
        if ":" in cell
    )
