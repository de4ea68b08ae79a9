"""Columns of days and times with a few cells that are none, or that stand for no day. Pure Python."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Mapping

from components.shown import shown
from pipeline.data.infer import date_forms
from pipeline.data.infer.column import infer, may_be_row_day
from pipeline.data.infer.date_forms import DateForm, Order
from pipeline.data.infer.proposed import Context, Proposed
from pipeline.data.profile.column_profile import ALL_NULL_CODES, NULL_CODES, ColumnProfile
from pipeline.data.profile.shape import shape, without_cells

MOST_ODD_SHARE = 0.01
_LIKE_DAYS = 0.5  # share of the rows from which on it is said why a column is none of days
_MOST_ODD_VALUES = 50
_FIRST_OF_1900S = dt.date(1920, 1, 1)
_LEAST_DAYS = 2
_NO_DAYS = frozenset(
    {
        *(dt.date(9999, 12, 31), dt.date(9999, 1, 1), dt.date(2999, 12, 31), dt.date(9999, 12, 30)),
        *(dt.date(1, 1, 1), dt.date(1900, 1, 1)),
    }
)
_MIDNIGHTS = (" 00:00:00", " 00:00", "T00:00:00", " 23:59:59", "T23:59:59", " 23:59", " 00:00:00.000")


@dataclasses.dataclass(frozen=True)
class Odd:
    """Cells of a column of days that are no days.

    Attributes:
      cells: value to its rows, of those that are none, as February 30.
      no_days: of those that stand for "no day", as 9999-12-31.
      form: of the other cells.
      rows: of the other cells.
    """

    cells: Mapping[str, int]
    no_days: Mapping[str, int]
    form: DateForm
    rows: int

    @property
    def are_few(self) -> bool:
        """Whether the column is one of days all the same."""
        odd = sum(self.cells.values())
        return odd < MOST_ODD_SHARE * (self.rows + odd) and len(self.cells) <= _MOST_ODD_VALUES


def infer_days(profile: ColumnProfile, name: str, context: Context) -> Proposed:
    """Returns what a column is; of days, also where a few cells are none: those are read as empty."""
    odd = find(profile)
    if odd is None:
        return infer(profile, name, context)
    if not odd.are_few:
        cell, rows = next(iter(odd.cells.items())), sum(odd.cells.values())
        proposed = infer(profile, name, context)
        return proposed.changed(
            warnings=(
                *proposed.warnings,
                f"looks like days, but {rows:,} cells are none, as {shown(cell[0])}: no date until mended",
            )
        )
    nulls = {**odd.no_days, **odd.cells}
    proposed = infer(_without(profile, nulls), name, context)
    if proposed.dates is None:
        return infer(profile, name, context)
    texts = dict.fromkeys([*proposed.rule.nulls, *nulls])
    if profile.counts is None and odd.form.timed:  # only days are counted of so many times
        texts |= dict.fromkeys(f"{day}{time}" for day in odd.no_days for time in _MIDNIGHTS)
    rule = dataclasses.replace(proposed.rule, nulls=tuple(texts))
    said = _said(odd)
    return proposed.warned(*said).changed(rule=rule, required=False)


def find(profile: ColumnProfile) -> Odd | None:
    """Returns the odd cells of a column that holds days otherwise; None where there is nothing odd."""
    values = profile.counts if profile.counts is not None else profile.heads
    if not values or len(profile.shapes) > 1_000:
        return None
    cells = {value: rows for value, rows in values.items() if value not in ALL_NULL_CODES}
    good_shapes = _good_shapes(profile.shapes)
    rows = sum(cells.values())
    if not good_shapes or sum(good_shapes.values()) < _LIKE_DAYS * rows:
        return None
    form = date_forms.find_form(good_shapes, None)
    if form is None or (form.formats == ("%Y%m%d",) and _are_amounts(cells, form)):
        return None
    shapes_of_heads = good_shapes if profile.counts is not None else _heads_of(good_shapes)
    day_of, form = _best(form, [value for value in cells if shape(value) in shapes_of_heads])
    days = {value: day for value in cells if shape(value) in shapes_of_heads and (day := day_of(value))}
    no_days = {value: cells[value] for value in _no_days(days)}
    odd = {
        value: count
        for value, count in cells.items()
        if value not in no_days and (value not in days or not date_forms.is_known_year(days[value]))
    }
    good = rows - sum(odd.values()) - sum(no_days.values())
    different = len(cells) - len(odd) - len(no_days)
    if not (odd or no_days) or different < _LEAST_DAYS or good < _LIKE_DAYS * (rows - sum(no_days.values())):
        return None
    found = Odd(odd, no_days, form, good)
    return None if form.of_months and not found.are_few else found  # 2004-05 is often a number of something


def _good_shapes(shapes: Mapping[str, int]) -> dict[str, int]:
    """Returns the shapes of days, or those of months where they are more."""
    forms = {each: form for each in shapes if (form := date_forms.find_form({each: 1}, None))}
    rows_of = {
        is_month: sum(shapes[each] for each in forms if forms[each].of_months == is_month)
        for is_month in (False, True)
    }
    of_months = rows_of[True] > rows_of[False]
    return {each: shapes[each] for each, form in forms.items() if form.of_months == of_months}


def undated(
    profiles: Mapping[str, ColumnProfile], columns: Iterable[Proposed], *, with_few_days: bool
) -> list[str]:
    """Returns why columns of days give no row's day, in a table that has none.

    Args:
      profiles: by the header.
      columns: of the table.
      with_few_days: whether a column that could be the row's day has too few days.
    """
    said = []
    for column in columns:
        if column.dates is None or column.left_out or column.role != "feature":
            continue
        profile = profiles[column.source]
        whole = dataclasses.replace(profile, codes={})
        if may_be_row_day(profile, column):
            if with_few_days:
                said.append(
                    f"{column.source} has {_days(profile, column.dates):,} days, in too few spans to split: "
                    "a share of all rows judges"
                )
        elif may_be_row_day(whole, column.changed(required=True)) and _are_few_empty(profile, column):
            said.append(
                f"{column.source} is dates but for {empty(profile, column)}; mend them, or --date "
                f"{shown(column.source)} after that: now a share of all rows judges, and not the newest"
            )
    return said


def _days(profile: ColumnProfile, form: DateForm) -> int:
    return len({date_forms.parse(head, form.days_only()) for head in profile.heads or ()} - {None})


def empty(profile: ColumnProfile, column: Proposed) -> str:
    """Returns how many cells of a column are read as empty, and one of them."""
    codes = _empty_cells(profile, column)
    named = [code for code in codes if code]
    words = f" such as {shown(named[0])}" if named else " that are empty"
    return f"{sum(codes.values()):,} cell{'s' if sum(codes.values()) > 1 else ''}{words}"


def _are_few_empty(profile: ColumnProfile, column: Proposed) -> bool:
    return sum(_empty_cells(profile, column).values()) < MOST_ODD_SHARE * profile.rows


def _empty_cells(profile: ColumnProfile, column: Proposed) -> dict[str, int]:
    """Returns text to rows of the cells that the column's rule reads as empty, the odd ones first."""
    found: dict[str, int] = {}
    known = profile.counts if profile.counts is not None else profile.heads or {}
    for code in [code for code in column.rule.nulls if code not in NULL_CODES]:
        rows = known.get(code, 0) or profile.codes.get(code, 0)
        if rows:
            found[code] = rows
    codes = {code: rows for code, rows in profile.codes.items() if code in NULL_CODES}
    return {**found, **codes}


def _said(odd: Odd) -> list[str]:
    said = []
    if odd.cells:
        cell, rows = next(iter(odd.cells)), sum(odd.cells.values())
        said.append(f"{rows:,} cells are no days, as {shown(cell)}; they are read as empty")
    for value, rows in odd.no_days.items():
        said.append(f"{value} in {rows:,} rows is read as empty, as it stands for no day")
    return said


def _without(profile: ColumnProfile, nulls: Mapping[str, int]) -> ColumnProfile:
    heads = dict(profile.heads or {})
    for value, rows in nulls.items():
        head = value if profile.counts is None else _head(value)
        heads[head] = heads.get(head, 0) - rows
    heads = {head: rows for head, rows in heads.items() if rows > 0}
    return dataclasses.replace(without_cells(profile, nulls), heads=heads)


def _head(value: str) -> str:
    return date_forms.TIME_OF_DAY.sub("", value)


def _heads_of(shapes: Iterable[str]) -> set[str]:
    return {date_forms.TIME_OF_DAY.sub("", each) for each in shapes}


def _best(form: DateForm, values: list[str]) -> tuple[Callable[[str], dt.date | None], DateForm]:
    """Returns how most values are read, day or month first."""
    orders: tuple[Order, ...] = ("day", "month")
    forms = [form.ordered(order) for order in orders] if form.is_open else [form]
    readings = [{value: date_forms.parse_any(_head(value), each) for value in values} for each in forms]
    best = max(range(len(forms)), key=lambda at: sum(day is not None for day in readings[at].values()))
    return readings[best].get, forms[best]


def _no_days(days: Mapping[str, dt.date]) -> list[str]:
    others = [day for day in days.values() if day not in _NO_DAYS and date_forms.is_known_year(day)]
    is_recent = bool(others) and min(others) >= _FIRST_OF_1900S
    return [value for value, day in days.items() if day in _NO_DAYS and (is_recent or day.year != 1900)]


def _are_amounts(cells: Mapping[str, int], form: DateForm) -> bool:
    """Whether numbers of eight digits are no days: some are in no year that people write so."""
    days = [date_forms.parse_any(cell, form) for cell in cells]
    near = [day for day in days if day and (1900 <= day.year <= 2100 or day in _NO_DAYS)]
    return len(near) < (1 - MOST_ODD_SHARE) * len(days)
