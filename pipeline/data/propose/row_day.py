"""The column that says of which day a row is, and how its days are cut into spans."""

from __future__ import annotations

import dataclasses
import datetime as dt

from components.shown import shown
from pipeline.data.infer import date_forms, odd_days
from pipeline.data.infer.column import may_be_row_day
from pipeline.data.infer.proposed import Proposed
from pipeline.data.infer.survey import Survey
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.propose import calendar_rule
from pipeline.data.propose.calendar_rule import Calendar
from pipeline.data.propose.questions import NONE, Answers, Asks, Question
from pipeline.errors import DataError

_LIKELY_DAY = (
    "date",
    "day",
    "datum",
    "week",
    "month",
    "created",
    "order",
    "event",
    "time",
    "timestamp",
    "ts",
)


def with_day(
    survey: Survey, columns: list[Proposed], answers: Answers, asks: Asks
) -> tuple[list[Proposed], Calendar | None]:
    """Returns the columns with one of them as the row's day, and its spans."""
    profiles = {profile.name: profile for profile in survey.profiles}
    chosen = _chosen_day(profiles, columns, answers, asks)
    if chosen is None:
        return columns, None
    rows_of_day = _rows_of_day(profiles[chosen.source], chosen)
    calendar = calendar_rule.choose(rows_of_day, len(columns))
    if calendar is None:
        if answers.date is not None:
            raise DataError(
                f"--date {shown(chosen.source)} has {len(rows_of_day)} days, in too few spans to split by; "
                "expected at least 8 days, weeks or months; use --date none"
            )
        return columns, None
    position = columns.index(chosen)
    if chosen.kind == "date":
        columns[position] = chosen.changed(
            role="date", required=True, reason=f"the row's day: {chosen.reason}"
        )
        return columns, calendar
    taken = {column.name.lower() for column in columns}
    name = next(
        name for name in (f"{chosen.name}_date", f"{chosen.name}_day_of_row") if name.lower() not in taken
    )
    rule = dataclasses.replace(chosen.rule, name=name, reading="date")
    day = chosen.changed(
        rule=rule, kind="date", role="date", required=True, reason=f"the row's day, of {chosen.source}"
    )
    return [*columns[:position], day, *columns[position:]], calendar


def _chosen_day(
    profiles: dict[str, ColumnProfile], columns: list[Proposed], answers: Answers, asks: Asks
) -> Proposed | None:
    by_source = {column.source: column for column in columns}
    if answers.date == NONE:
        return None
    if answers.date is not None:
        return _told_day(profiles[answers.date], by_source[answers.date])
    candidates = [
        column
        for column in columns
        if column.role == "feature" and may_be_row_day(profiles[column.source], column)
    ]
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    candidates.sort(key=lambda column: not any(word in column.source.lower() for word in _LIKELY_DAY))
    choices = (*(column.source for column in candidates), NONE)
    question = Question(
        "which column says of which day a row is? The newest days judge the model (none: a share of rows)",
        choices,
        tuple(f"--date {shown(choice)}" for choice in choices),
        tuple(column.source for column in candidates),
    )
    answer = asks.answer(question)
    return None if answer == NONE else by_source[answer]


def _told_day(profile: ColumnProfile, column: Proposed) -> Proposed:
    if column.dates is None:
        odd = odd_days.find(profile)
        cells = [*odd.cells] if odd else [*profile.examples, ""]
        raise DataError(
            f"--date {shown(profile.name)}: {'some' if odd else 'its'} values are no days, as "
            f"{shown(cells[0])}; expected days written in one way, such as 2013-01-31"
        )
    if not column.required:
        raise DataError(
            f"--date {shown(profile.name)} is no day in {odd_days.empty(profile, column)}; expected a day in "
            "each row: mend them"
        )
    return column


def _rows_of_day(profile: ColumnProfile, column: Proposed) -> dict[dt.date, int]:
    assert column.dates
    found: dict[dt.date, int] = {}
    for text, rows in (profile.heads or {}).items():
        day = date_forms.parse(text, column.dates.days_only())
        if day:
            found[day] = found.get(day, 0) + rows
    return found
