"""Columns of numbers, however they are written, and of whole numbers that are names. Pure Python."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping

from pipeline.data.infer import decimal_marks, number_forms
from pipeline.data.infer.number_forms import NumberForm
from pipeline.data.infer.proposed import Context, Proposed, null_codes, short
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.rules.import_rules import ColumnRule
from pipeline.data.rules.number_text import python_number

_SENTINELS = ("-99", "-999", "-9999", "-99999", "999", "9999", "99999", "999999")
_CODE = re.compile(
    r"(?:^|[_\W])(?:id|code|zip|zipcode|zip_code|plz|postcode|postal|type|class|cat|category|zone|region|store|"
    r"shop|branch|dept|department|cluster|group|segment|model|sku|product|item|station|site|team|flag|status|"
    r"state|county|district|area_code|channel|route|line|carrier|airline|nr|no)$|Id$|ID$|Code$|Type$",
    re.I,
)
_MONEY = frozenset({"$", "US$", "£", "¥", "USD", "GBP", "€", "EUR"})
_MOST_ODD_VALUES, _MOST_ODD_SHARE = 5, 0.05


def as_number(profile: ColumnProfile, name: str, context: Context) -> Proposed | None:
    """Returns a column of numbers, or of whole numbers that are names; None if it is none."""
    shapes = profile.shapes
    codes, words = null_codes(profile)
    marks = decimal_marks.of_column(profile, context)
    form = number_forms.find_form(shapes, *marks)
    odd: tuple[str, ...] = ()
    if form is None:
        form, odd = _but_for_odd_values(profile, shapes, marks)
    if form is None:
        return None
    is_code = form.has_unit or (form.is_plain and not form.has_decimals)
    if is_code and has_leading_zeros(profile):
        return None
    generous = _generous(form)
    sentinels = _sentinels(profile)
    numbers = profile.comma if form.decimal == "," else profile.point
    rule = ColumnRule(
        *(name, profile.name, "number", (*codes, *words, *odd, *sentinels)),
        decimal=form.decimal,
        thousands=generous.thousands,
        remove=form.remove,
        negative_parentheses=form.parentheses,
    )
    unit = form.remove[0] if form.remove else _unit_of(profile.name)
    warnings = [*_odd_warnings(profile, odd), *_sentinel_warnings(profile, sentinels)]
    warnings += decimal_marks.doubt(profile, form)
    whole = not form.has_decimals and not _is_scientific(shapes)
    proposed = Proposed(
        *(profile.name, rule, "number", _number_reason(form, whole)),
        unit=unit,
        warnings=tuple(warnings),
        form=form,
    )
    always_whole = numbers is not None and numbers.whole
    if whole and not (numbers and max(abs(numbers.low), abs(numbers.high)) >= 2**62):
        proposed = proposed.changed(rule=dataclasses.replace(rule, reading="whole"))
    return _category_or_number(profile, proposed, always_whole=always_whole)


def _generous(form: NumberForm) -> NumberForm:
    """Returns a form that also reads tomorrow's first thousand, where the decimal mark is known."""
    if form.thousands or not form.has_decimals or form.is_open:
        return form
    if form.decimal == ",":
        return dataclasses.replace(form, thousands=".")
    return dataclasses.replace(form, thousands=",") if set(form.remove) & _MONEY else form


def _category_or_number(profile: ColumnProfile, proposed: Proposed, *, always_whole: bool) -> Proposed:
    """Returns whole numbers that are names, not amounts, as a category."""
    if not always_whole or proposed.rule.remove:
        return proposed
    few = profile.distinct == 2 and profile.counts is not None
    named = bool(_CODE.search(profile.name)) and profile.distinct > 2
    if not few and not named:
        return proposed
    reading = dataclasses.replace(proposed.rule, reading="whole")
    if few:
        values = sorted(_values(profile, proposed.rule))
        reason = f"only {values[0]} and {values[1]}"
        return proposed.changed(rule=reading, kind="category", reason=reason)
    return proposed.changed(
        rule=reading, kind="category", reason="numbers that are names, by the column's name"
    )


def _values(profile: ColumnProfile, rule: ColumnRule) -> list[int]:
    cells = (value for value in profile.counts or () if value and value not in rule.nulls)
    return [int(float(python_number(value, rule))) for value in cells]


def _unit_of(header: str) -> str:
    """Returns the unit that a header names, as in `size (cm)`."""
    match = re.search(r"[(\[]\s*([^()\[\]]{1,8})\s*[)\]]\s*$", header)
    return match[1] if match else ""


def has_leading_zeros(profile: ColumnProfile) -> bool:
    """Whether digits are codes: some begin with a zero, which a number would lose."""
    return profile.leading_zeros > 0


def _but_for_odd_values(
    profile: ColumnProfile, shapes: Mapping[str, int], marks: tuple[str | None, str]
) -> tuple[NumberForm | None, tuple[str, ...]]:
    """Returns the form of a column's numbers, and a few values among them that are none."""
    odd = [shape for shape in shapes if number_forms.find_form({shape: 1}, *marks) is None]
    rows = sum(shapes[shape] for shape in odd)
    rest = {shape: count for shape, count in shapes.items() if shape not in odd}
    if not rest or not odd or len(odd) > _MOST_ODD_VALUES or rows > _MOST_ODD_SHARE * profile.filled:
        return None, ()
    if any("9" in shape for shape in odd):
        return None, ()
    return number_forms.find_form(rest, *marks), tuple(odd)


def _odd_warnings(profile: ColumnProfile, odd: tuple[str, ...]) -> list[str]:
    if not odd:
        return []
    rows = sum(profile.shapes[value] for value in odd)
    return [f"{rows:,} cells are no numbers ({', '.join(map(short, odd))}); they are read as empty"]


def _sentinels(profile: ColumnProfile) -> tuple[str, ...]:
    """Returns numbers that stand for "nothing here": far from all others, and in many rows."""
    if profile.counts is None or profile.distinct < 10:
        return ()
    numbers = {}
    for value, rows in profile.counts.items():
        try:
            numbers[value] = (float(value), rows)
        except ValueError:
            continue
    suspects = {v for v, (number, rows) in numbers.items() if v.split(".")[0] in _SENTINELS and rows >= 3}
    rest = [number for value, (number, _) in numbers.items() if value not in suspects]
    if not rest:
        return ()
    low, high = min(rest), max(rest)
    width = max(high - low, 1e-9)
    return tuple(v for v in suspects if not low - 2 * width <= numbers[v][0] <= high + 2 * width)


def _sentinel_warnings(profile: ColumnProfile, sentinels: tuple[str, ...]) -> list[str]:
    counts = profile.counts or {}
    return [
        f"{value} in {counts[value]:,} rows is read as empty, as no other value is near it"
        for value in sentinels
    ]


def _is_scientific(shapes: Mapping[str, int]) -> bool:
    return any("e" in shape.lower() for shape in shapes)


def _number_reason(form: NumberForm, whole: bool) -> str:
    how = []
    if form.decimal == "," and form.has_decimals:
        how.append("decimal comma")
    if form.thousands:
        how.append(f"thousands parted by {short(form.thousands)}")
    if form.remove:
        how.append(f"without {' '.join(form.remove)}")
    if form.parentheses:
        how.append("(5) is -5")
    return ", ".join(["whole numbers" if whole else "numbers", *how])
