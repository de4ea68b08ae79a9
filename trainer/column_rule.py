"""Whether a table of columns can be trained on and served, decided on plain values before anything runs.

Each rule stands for something that was tried: without it, preprocessing, training or the export fails.
"""

from __future__ import annotations

import difflib
import keyword
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from trainer.column import Column, ColumnTable, Dtype, Kind, Role

DTYPES: tuple[str, ...] = get_args(Dtype)
KINDS: tuple[str, ...] = get_args(Kind)
ROLES: tuple[str, ...] = get_args(Role)
# What the values of each kind can be.
DTYPES_OF: dict[str, tuple[str, ...]] = {
    "number": ("int64", "float32"),
    "category": ("string", "int64"),
    "clock": ("int64",),
    "date": ("string",),
    "timestamp": ("string",),
    "text": ("string",),
}
# The kinds that a role allows, where it does not allow all.
KINDS_OF: dict[str, tuple[str, ...]] = {
    "label": ("category", "number"),
    "date": ("date",),
    "key": ("category",),
}
# Lowest value of each number (tft.quantiles cannot cut into one bucket), and highest (an embedding table
# of more rows fills the memory of any machine).
RANGES = {
    "minimum_count": (1, 100_000_000),
    "vocabulary_size": (1, 10_000_000),
    "out_of_vocabulary_buckets": (1, 100_000),
    "quantile_buckets": (2, 1_000),
    "text_buckets": (1, 10_000_000),
}
MOST_CLASSES = 1_000

# TensorFlow's scopes take ASCII only, and no name that begins with an underscore.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TAKEN = ("self",)
Place = tuple[int | str, ...]  # keys and positions that lead to a value of columns.yaml
Fault = tuple[Place, str]


def find_faults(table: ColumnTable) -> Iterator[Fault]:
    """Yields the place of each fault and a sentence on it."""
    for position, column in enumerate(table.columns):
        for key, fault in _faults_of(column):
            yield ("columns", position, key), f"column {_cut(column.name)} {fault}"
    yield from _faults_of_names([column.name for column in table.columns])
    yield from _faults_of_roles(table.columns)
    yield from _faults_of_crosses(table.crosses, table.columns)
    for name, (lowest, highest) in RANGES.items():
        value = getattr(table, name)
        if not lowest <= value <= highest:
            words = f"{name} is {_cut(value)}; expected a whole number from {lowest} to {highest:,}"
            yield (name,), words


def _faults_of(column: Column) -> Iterator[tuple[str, str]]:
    """Yields the key and the rest of a sentence that begins with the column."""
    fault = _fault_of_name(column.name)
    if fault:
        yield "name", fault
    choices = (("dtype", column.dtype, DTYPES), ("kind", column.kind, KINDS), ("role", column.role, ROLES))
    unknown = [(what, value, known) for what, value, known in choices if value not in known]
    for what, value, known in unknown:
        yield what, f"has the {what} {_cut(value)}; expected {_or(known)}{_hint(value, known)}"
    if not unknown:
        yield from _contradictions(column)
        yield from _faults_of_values(column)
        yield from _faults_of_limits(column)


def _fault_of_name(name: str) -> str | None:
    if not _NAME.fullmatch(name):
        return "has a name that TensorFlow cannot serve; use letters a to z, digits and _, a letter first"
    if keyword.iskeyword(name) or name in _TAKEN:
        return "has a name that Python keeps for itself, and no signature can take; rename it"
    return None


def _contradictions(column: Column) -> Iterator[tuple[str, str]]:
    kinds = KINDS_OF.get(column.role, KINDS)
    if column.kind not in kinds:
        yield "kind", f"has the role {column.role!r} and the kind {column.kind!r}; expected {_or(kinds)}"
    if column.dtype not in DTYPES_OF[column.kind]:
        yield "dtype", f"is a {column.kind} and {column.dtype}; expected {_or(DTYPES_OF[column.kind])}"
    if column.role != "feature" and not column.required:
        yield "required", f"has the role {column.role!r}, so no row may lack it; make it required"


def _faults_of_values(column: Column) -> Iterator[tuple[str, str]]:
    values = column.values
    if column.role == "label" and column.kind == "category" and not 2 <= len(values) <= MOST_CLASSES:
        yield (
            "values",
            f"is the label and a category of {len(values)} values; list its classes in `values`, from 2 to "
            f"{MOST_CLASSES:,} (or let its kind be number, to predict the number itself)",
        )
    if values and column.kind != "category":
        yield "values", f"is a {column.kind}, which has no list of values; remove `values`"
    for value in values:
        fault = _fault_of_value(value, column.dtype)
        if fault:
            yield "values", f"has the value {_cut(value)} in `values`, {fault}"
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        yield "values", f"has the value {_cut(twice)} twice in `values`; leave one"


def _fault_of_value(value: int | str, dtype: str) -> str | None:
    if dtype == "int64":
        fits = isinstance(value, int) and -(2**63) < value < 2**63
        return None if fits else "which is no whole number of 64 bits"
    if not value:
        return "which stands for a missing one; remove it"
    return "which holds a NUL byte" if "\0" in str(value) else None


def _faults_of_limits(column: Column) -> Iterator[tuple[str, str]]:
    limits = {key: limit for key in ("min", "max") if (limit := getattr(column, key)) is not None}
    for key, limit in limits.items():
        if column.dtype == "string":
            yield key, f"is string and has no `{key}`; remove it"
        elif column.values:
            yield key, f"lists its `values`, so it needs no `{key}`; remove it"
        elif not math.isfinite(limit):
            yield key, f"has the {key} {limit}; expected a finite number"
        elif column.dtype == "int64" and not float(limit).is_integer():
            yield key, f"is int64 and has the {key} {limit}; expected a whole number"
    if len(limits) == 2 and limits["min"] > limits["max"]:
        yield "min", f"has the min {limits['min']:g} above the max {limits['max']:g}, so no value is allowed"


def _faults_of_names(names: Sequence[str]) -> Iterator[Fault]:
    """Yields names that are equal but for their case, which TensorFlow's scopes do not tell apart."""
    first: dict[str, str] = {}
    for position, name in enumerate(names):
        before = first.setdefault(name.lower(), name)
        place = ("columns", position, "name")
        if names.index(name) < position:
            yield place, f"column {_cut(name)} stands twice; leave one"
        elif before != name:
            both = f"{_cut(before)} and {_cut(name)}"
            yield place, f"columns {both} differ only by case, which no signature takes; rename one"


def _faults_of_roles(columns: Sequence[Column]) -> Iterator[Fault]:
    for role in ("label", "date", "key"):
        places = [position for position, column in enumerate(columns) if column.role == role]
        if len(places) > 1:
            names = ", ".join(_cut(columns[position].name) for position in places)
            words = f"{len(places)} columns have the role {role!r}: {names}; leave it to one"
            yield ("columns", places[1], "role"), words
    roles = {column.role for column in columns}
    if "label" not in roles:
        yield ("columns",), "no column has the role 'label'; give it to one"
    if not roles & {"date", "feature"}:
        yield ("columns",), "no column is left to learn from; add one with the role 'feature'"


def _faults_of_crosses(crosses: Sequence[tuple[str, str]], columns: Sequence[Column]) -> Iterator[Fault]:
    before: list[set[str]] = []
    for position, pair in enumerate(crosses):
        place, shown = ("crosses", position), f"the cross [{', '.join(pair)}]"
        faults = [fault for side in pair if (fault := _fault_of_side(side, columns))]
        if faults:
            yield place, f"{shown}: {faults[0]}"
        elif pair[0] == pair[1]:
            yield place, f"{shown} is of a category with itself; remove it"
        elif set(pair) in before:
            yield place, f"{shown} stands twice, in this order or the other; remove one"
        before.append(set(pair))


def _fault_of_side(side: str, columns: Sequence[Column]) -> str | None:
    """Returns why there is no category of this name; None if there is one."""
    inputs = [column for column in columns if column.role not in ("label", "key")]
    categories = [category for column in inputs for category in column.categories]
    if side in categories:
        return None
    name = side.partition(".")[0]
    named = next((column for column in columns if column.name == name), None)
    if named is None:
        known = f"categories are {', '.join(categories)}"
        return f"there is no column {_cut(name)}{_hint(side, categories)}; {known}"
    if named not in inputs:
        return f"column {_cut(name)} is the {named.role}, which no request has"
    if not named.categories:
        return f"column {_cut(name)} is a {_cut(named.kind)}, which gives no category"
    return (
        f"column {_cut(name)} is a {named.kind}, which gives {_or([repr(each) for each in named.categories])}"
    )


def _hint(word: Any, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(str(word)[:100], known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _or(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _cut(value: object) -> str:
    return f"{value!r:.80}"
