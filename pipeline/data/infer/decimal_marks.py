"""What stands before decimals: what tells, in a column and in the whole file. Pure Python."""

from __future__ import annotations

import re

from pipeline.data.infer import date_forms, number_forms
from pipeline.data.infer.number_forms import NumberForm
from pipeline.data.infer.proposed import Context, short
from pipeline.data.profile.column_profile import ColumnProfile


def of_file(profiles: tuple[ColumnProfile, ...]) -> str | None:
    """Returns what stands before decimals in the columns that leave no doubt; None if none does."""
    forms = [
        number_forms.find_form(profile.shapes, by_lone_zero(profile))
        for profile in profiles
        if profile.shapes
    ]
    sure = [form.decimal for form in forms if form and form.has_decimals and not form.is_open]
    return max(sorted(set(sure)), key=sure.count) if sure else None


def likely_of_file(profiles: tuple[ColumnProfile, ...], delimiter: str) -> str:
    """Returns what stands before decimals in most files like this one, if no number tells.

    Where commas are decimal, cells are separated by semicolons, and most such countries write 31.12.2013.
    """
    if delimiter == ";":
        return ","
    forms = [date_forms.find_form(profile.shapes, None) for profile in profiles if profile.shapes]
    dotted = any("." in each for form in forms if form for each in form.days_only().formats)
    return "," if dotted and delimiter not in ("", ",") else "."


def of_column(profile: ColumnProfile, context: Context) -> tuple[str | None, str]:
    """Returns what stands before decimals where shapes do not tell: what tells it, and a guess."""
    return by_lone_zero(profile) or context.decimal, context.likely


def by_lone_zero(profile: ColumnProfile) -> str | None:
    """Returns the mark after a lone zero, as in 0,342: no thousand begins so. None where there is none."""
    if bool(profile.zero_comma) == bool(profile.zero_point):
        return None
    return "," if profile.zero_comma else "."


def doubt(profile: ColumnProfile, form: NumberForm) -> list[str]:
    """Returns a warning where nothing tells whether 1,234 is a thousand."""
    marks = f"[{form.thousands}{form.decimal if form.decimal == ',' else ''}]"
    if not form.is_open or marks == "[]":
        return []
    example = next((each for each in profile.examples if re.search(marks, each)), profile.examples[0])
    if form.thousands and form.thousands in example:
        mark = "point" if form.thousands == "." else "comma"
        return [f"{short(example)} is read as a thousand; were it a decimal {mark}, all is wrong"]
    return [f"{short(example)} is read with a decimal comma; were it a thousand, all is wrong"]
