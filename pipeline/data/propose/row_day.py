"""The column that says of which day a row is, and how its days are cut into spans."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections import Counter

from components.shown import shown
from pipeline.data.infer import date_forms, odd_days
from pipeline.data.infer.column import may_be_row_day
from pipeline.data.infer.date_forms import DateForm
from pipeline.data.infer.day_names import tells_the_row_s_day
from pipeline.data.infer.proposed import Proposed
from pipeline.data.infer.survey import Survey
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.propose import calendar_rule
from pipeline.data.propose.calendar_rule import Calendar
from pipeline.data.propose.questions import NONE, Answers, Asks, Question
from pipeline.errors import DataError

_IN_ORDER = 0.9  # share of rows at or after (before) the one above them, from which on the file is in order
_MOST_LOOKED_AT = 5_000


def with_day(
    survey: Survey, columns: list[Proposed], answers: Answers, asks: Asks
) -> tuple[list[Proposed], Calendar | None]:
    """Returns the columns with one of them as the row's day, and its spans."""
    profiles = {profile.name: profile for profile in survey.profiles}
    chosen = _chosen_day(profiles, columns, answers, asks)
    if chosen is None:
        return columns, None
    rows_of_day = _rows_of_day(survey, profiles[chosen.source], chosen)
    calendar = calendar_rule.choose(rows_of_day, len(columns))
    if calendar is None:
        if answers.date is not None:
            raise DataError(
                f"--date {shown(chosen.source)} has {len(rows_of_day)} days, in too few spans to split by; "
                "expected at least 8 days, weeks or months; use --date none"
            )
        return columns, None
    position = columns.index(chosen)
    doubt = () if answers.date is not None else _doubt(survey, columns, chosen)
    if chosen.kind == "date":
        columns[position] = chosen.changed(
            role="date",
            required=True,
            reason=f"the row's day: {chosen.reason}",
            warnings=(*chosen.warnings, *doubt),
        )
        return columns, calendar
    taken = {column.name.lower() for column in columns}
    name = next(
        name for name in (f"{chosen.name}_date", f"{chosen.name}_day_of_row") if name.lower() not in taken
    )
    rule = dataclasses.replace(chosen.rule, name=name, reading="date")
    day = chosen.changed(
        rule=rule,
        kind="date",
        role="date",
        required=True,
        reason=f"the row's day, of {chosen.source}",
        warnings=doubt,
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
    candidates = _candidates(profiles, columns)
    if len(candidates) < 2:
        return candidates[0] if candidates else None
    candidates.sort(key=lambda column: not tells_the_row_s_day(column.source))
    choices = (*(column.source for column in candidates), NONE)
    question = Question(
        "which column says of which day a row is? The newest days judge the model (none: a share of rows)",
        choices,
        tuple(f"--date {shown(choice)}" for choice in choices),
        tuple(column.source for column in candidates),
    )
    answer = asks.answer(question)
    return None if answer == NONE else by_source[answer]


def _candidates(profiles: dict[str, ColumnProfile], columns: list[Proposed]) -> list[Proposed]:
    return [
        column
        for column in columns
        if column.role == "feature" and may_be_row_day(profiles[column.source], column)
    ]


def _doubt(survey: Survey, columns: list[Proposed], chosen: Proposed) -> tuple[str, ...]:
    """Returns a warning on a day that nobody chose, which neither its name nor the order of rows tells."""
    profiles = {profile.name: profile for profile in survey.profiles}
    if len(_candidates(profiles, columns)) > 1 or tells_the_row_s_day(chosen.source):
        return ()
    assert chosen.dates
    cells = survey.sample.column(chosen.source).slice(0, _MOST_LOOKED_AT).to_pylist()
    days = [day for cell in cells if (day := _day_of(cell, chosen.dates))]
    if _are_in_order(days):
        return ()
    return ("is taken for the row's day: its newest days judge; if it is not: --date none",)


def _are_in_order(days: list[dt.date]) -> bool:
    pairs = [*itertools.pairwise(days)]
    up = sum(first <= second for first, second in pairs)
    down = sum(first >= second for first, second in pairs)
    return max(up, down) >= _IN_ORDER * len(pairs)


def _day_of(cell: str, form: DateForm) -> dt.date | None:
    return date_forms.parse(date_forms.TIME_OF_DAY.sub("", cell), form.days_only())


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


def _rows_of_day(survey: Survey, profile: ColumnProfile, column: Proposed) -> dict[dt.date, int]:
    """Returns each day's rows; of times since 1970, too many of which differ, by the sample."""
    assert column.dates
    found: dict[dt.date, int] = {}
    for text, rows in (profile.heads or _heads_of_sample(survey, profile)).items():
        day = date_forms.parse(text, column.dates.days_only())
        if day:
            found[day] = found.get(day, 0) + rows
    return found


def _heads_of_sample(survey: Survey, profile: ColumnProfile) -> dict[str, int]:
    cells = survey.sample.column(profile.name).to_pylist()
    rows = max(1, survey.rows // max(1, len(cells)))
    return {cell: rows * times for cell, times in Counter(cells).items()}
