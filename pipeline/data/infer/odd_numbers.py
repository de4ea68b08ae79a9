"""Columns of numbers with cells that are none: 1.2.3 among prices, <3.0, 668K beside 3M. Pure Python."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from components.shown import shown
from pipeline.data.infer import day_doubts, decimal_marks, number_forms
from pipeline.data.infer.odd_clocks import infer_times
from pipeline.data.infer.odd_days import MOST_ODD_SHARE
from pipeline.data.infer.proposed import Context, Proposed
from pipeline.data.profile.column_profile import ALL_NULL_CODES, ColumnProfile, Numbers
from pipeline.data.profile.shape import shape, without_cells

_LIKE_NUMBERS = 0.9  # share of the rows from which on it is said why a column is none of numbers
_LEAST_NUMBERS = 10  # of fewer different ones, an odd value may be one more class
_MOST_ODD_VALUES = 50
_BOUND = re.compile(r"^([<>≤≥~]=?) ?(?=[-+.,0-9])")


def infer_column(profile: ColumnProfile, name: str, context: Context) -> Proposed:
    """Returns what a column is; of numbers, also where a few cells are none: those are read as empty."""
    return day_doubts.with_doubt(profile, _infer(profile, name, context))


def _infer(profile: ColumnProfile, name: str, context: Context) -> Proposed:
    proposed = infer_times(profile, name, context)
    if proposed.rule.reading != "text" or proposed.warnings or profile.distinct < _LEAST_NUMBERS:
        return proposed
    marks = decimal_marks.of_column(profile, context)
    bounds = _bounds(profile.shapes)
    if bounds:
        return _unbounded(profile, name, context, bounds) or proposed
    forms = {each: number_forms.find_form({each: 1}, *marks) for each in profile.shapes}
    numbers = {each: profile.shapes[each] for each, form in forms.items() if form}
    rows = sum(numbers.values())
    if rows <= _LIKE_NUMBERS * sum(profile.shapes.values()):
        return proposed
    mixed = _mixed_units(profile, {each: form.remove for each, form in forms.items() if form})
    if mixed:
        return proposed.warned(mixed)
    odd_shapes = [each for each in profile.shapes if each not in numbers]
    if not odd_shapes:
        return proposed
    return _but_for(profile, proposed, context, odd_shapes)


def _but_for(profile: ColumnProfile, proposed: Proposed, context: Context, odd_shapes: list[str]) -> Proposed:
    """Returns a column of numbers without its odd cells, or the proposed one, for codes without a warning."""
    rows = sum(profile.shapes[each] for each in odd_shapes)
    values = profile.counts if profile.counts is not None else profile.heads or {}
    odd = {
        value: count
        for value, count in values.items()
        if value not in ALL_NULL_CODES and shape(value) in set(odd_shapes)
    }
    known = odd or {each: profile.shapes[each] for each in odd_shapes}
    rest = _without(profile, known)
    numbers = infer_times(rest, proposed.name, context)
    if numbers.kind != "number" or numbers.left_out:
        return proposed
    example = shown(next(iter(known)))
    whole = sum(profile.shapes.values())
    if odd and rows < MOST_ODD_SHARE * whole and len(odd) <= _MOST_ODD_VALUES:
        nulls = tuple(dict.fromkeys((*numbers.rule.nulls, *odd)))
        said = "1 cell is no number" if rows == 1 else f"{rows:,} cells are no numbers"
        read = "it is read as empty" if rows == 1 else "they are read as empty"
        return numbers.warned(f"{said}, as {example}; {read}").changed(
            rule=dataclasses.replace(numbers.rule, nulls=nulls), required=False
        )
    stays = "it is left out" if proposed.left_out else f"it stays a {proposed.kind}"
    is_no = f"{example} is none" if odd else f"those of shape {example} (9: a digit) are none"
    return proposed.warned(
        f"{whole - rows:,} of {whole:,} cells are numbers, {is_no}: {stays}; mend the others, or empty them",
    )


def _without(profile: ColumnProfile, odd: Mapping[str, int]) -> ColumnProfile:
    heads = profile.heads and {value: n for value, n in profile.heads.items() if value not in odd}
    rest = without_cells(profile, odd)
    point = _range(rest.counts if rest.counts is not None else heads or {})
    return dataclasses.replace(rest, heads=heads, point=point)


def _range(values: Iterable[str]) -> Numbers | None:
    """Returns the range of values that Python reads as numbers; None if some are none."""
    try:
        found = [float(value) for value in values if value not in ALL_NULL_CODES]
    except ValueError:
        return None
    return Numbers(min(found), max(found), all(each.is_integer() for each in found)) if found else None


def _bounds(shapes: Mapping[str, int]) -> dict[str, int]:
    """Returns the signs of bounds, as in <3.0, each with its rows."""
    found: dict[str, int] = {}
    for each, rows in shapes.items():
        match = _BOUND.match(each)
        if match:
            found[match[1]] = found.get(match[1], 0) + rows
    return found


def _unbounded(
    profile: ColumnProfile, name: str, context: Context, bounds: Mapping[str, int]
) -> Proposed | None:
    """Returns a column of numbers some of which are bounds, as the numbers; None if it is none of numbers."""
    counts = profile.counts and _bare(profile.counts)
    bare = dataclasses.replace(profile, shapes=_bare(profile.shapes), counts=counts, heads=counts)
    numbers = infer_times(bare, name, context)
    if numbers.kind != "number" or numbers.rule.reading not in ("number", "whole"):
        return None
    seen = (*profile.examples, *(profile.counts or ()))
    example = next(filter(_BOUND.match, seen), next(iter(bounds)))
    rows = sum(bounds.values())
    rule = dataclasses.replace(numbers.rule, remove=(*numbers.rule.remove, *bounds))
    how = f"{rows:,} cell{' is a bound' if rows == 1 else 's are bounds'}, as {shown(example)}"
    return numbers.warned(f"{how}: read as the number without {' '.join(bounds)}").changed(rule=rule)


def _bare(cells: Mapping[str, int]) -> dict[str, int]:
    """Returns cells or shapes without signs of bounds, each with its rows."""
    bare: dict[str, int] = {}
    for value, rows in cells.items():
        number = _BOUND.sub("", value)
        bare[number] = bare.get(number, 0) + rows
    return bare


def _mixed_units(profile: ColumnProfile, units: Mapping[str, tuple[str, ...]]) -> str:
    """Returns a sentence on numbers of several units; nothing where there is one."""
    if len(set(units.values())) < 2 or not any(
        any(map(str.isalpha, "".join(each))) for each in units.values()
    ):
        return ""
    firsts: dict[str, str] = {}
    rows: dict[str, int] = {}
    examples = {shape(value): value for value in [*(profile.counts or ()), *profile.examples][::-1]}
    for each, unit in units.items():
        word = " ".join(unit)
        rows[word] = rows.get(word, 0) + profile.shapes[each]
        firsts.setdefault(word, examples.get(each, each))
    most = sorted(rows, key=lambda word: -rows[word])[:3]
    said = " and ".join(f"{rows[word]:,} cells are as {shown(firsts[word])}" for word in most)
    return f"units are mixed: {said}: it is no column of numbers; write one unit in the file"
