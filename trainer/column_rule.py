"""Whether a table of columns can be trained on and served, decided on plain values before anything runs.

Each rule stands for something that was tried: without it, preprocessing, training or the export fails.
"""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from trainer.column import CATEGORY_OF, Column, Dtype, Kind, Role

FILE = "trainer/features.py"
DTYPES: tuple[str, ...] = get_args(Dtype)
KINDS: tuple[str, ...] = get_args(Kind)
ROLES: tuple[str, ...] = get_args(Role)
# What the values of each kind can be.
DTYPES_OF: dict[str, tuple[str, ...]] = {
    "number": ("int64", "float32"),
    "category": ("string", "int64"),
    "clock": ("int64",),
    "date": ("string",),
}
# Each number's lowest value; tft.quantiles refuses to cut into one bucket.
LOWEST = {"MINIMUM_COUNT": 1, "VOCABULARY_SIZE": 1, "OUT_OF_VOCABULARY_BUCKETS": 1, "QUANTILE_BUCKETS": 2}
# And its highest: an embedding table of more rows fills the memory of any machine.
HIGHEST = {
    "MINIMUM_COUNT": 100_000_000,
    "VOCABULARY_SIZE": 10_000_000,
    "OUT_OF_VOCABULARY_BUCKETS": 100_000,
    "QUANTILE_BUCKETS": 1_000,
}

# TensorFlow's scopes take ASCII only, and no name that begins with an underscore.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TAKEN = ("self",)


class ColumnsError(ValueError):
    """The table of columns cannot be used; one line that names the file."""


def check(columns: Sequence[Column], crosses: Sequence[tuple[str, str]], numbers: Mapping[str, int]) -> None:
    """Accepts a table of columns that can be trained on and served.

    Args:
      columns: every column of the data.
      crosses: pairs of categories.
      numbers: name to value of the numbers that LOWEST names.

    Raises:
      ColumnsError: on the first fault; how many more there are stands at the end.
    """
    faults = [*find_faults(columns, crosses, numbers)]
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ColumnsError(f"{FILE}: {faults[0]}{more}")


def find_faults(
    columns: Sequence[Column], crosses: Sequence[tuple[str, str]], numbers: Mapping[str, int]
) -> Iterator[str]:
    """Yields a sentence for each fault; `check` has the arguments."""
    strangers = [each for each in columns if not isinstance(each, Column)]
    if strangers:
        yield f'COLUMNS holds {_cut(strangers[0])}; expected Column("name", "dtype", "kind")'
        return
    for column in columns:
        yield from _faults_of(column)
    yield from _faults_of_names([column.name for column in columns])
    for role in ("label", "date"):
        yield from _faults_of_role(role, [column for column in columns if column.role == role])
    yield from _faults_of_crosses(crosses, columns)
    for name, lowest in LOWEST.items():
        yield from _faults_of_number(name, numbers[name], lowest)


def _faults_of(column: Column) -> Iterator[str]:
    name = f"column {_cut(column.name)}"
    fault = _fault_of_name(column.name)
    if fault:
        yield f"{name} {fault}"
    choices = (("dtype", column.dtype, DTYPES), ("kind", column.kind, KINDS), ("role", column.role, ROLES))
    unknown = [(what, value, known) for what, value, known in choices if value not in known]
    for what, value, known in unknown:
        yield f"{name} has the {what} {_cut(value)}; expected {_or(known)}"
    if not isinstance(column.required, bool):
        yield f"{name} has required={_cut(column.required)}; expected True or False"
    if not unknown:
        yield from (f"{name} {fault}" for fault in _contradictions(column))


def _fault_of_name(name: str) -> str | None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return "has a name that TensorFlow cannot serve; use letters a to z, digits and _, a letter first"
    if keyword.iskeyword(name) or name in _TAKEN:
        return "has a name that Python keeps for itself, and no signature can take; rename it"
    return None


def _contradictions(column: Column) -> Iterator[str]:
    dtypes = ("int64",) if column.role == "label" else DTYPES_OF[column.kind]
    if column.dtype not in dtypes:
        what = "the label" if column.role == "label" else f"a {column.kind}"
        yield f"is {what} and {column.dtype}; expected {_or(dtypes)}"
    if column.role == "date" and column.kind != "date":
        yield f"has the role 'date' and the kind {column.kind!r}; expected the kind 'date'"
    if column.role in ("label", "date") and not column.required:
        yield f"has the role {column.role!r}, so no row may lack it; make it required"


def _faults_of_names(names: Sequence[str]) -> Iterator[str]:
    """Yields names that are equal but for their case, which TensorFlow's scopes do not tell apart."""
    alike: dict[str, list[str]] = {}
    for name in map(str, names):
        alike.setdefault(name.lower(), []).append(name)
    for same in alike.values():
        spelt = [*dict.fromkeys(same)]
        if len(spelt) > 1:
            names_of_both = " and ".join(map(_cut, spelt))
            yield f"columns {names_of_both} differ only by case, which no signature takes; rename one"
        elif len(same) > 1:
            yield f"column {_cut(same[0])} stands {len(same)} times; leave one"


def _faults_of_role(role: str, columns: Sequence[Column]) -> Iterator[str]:
    if not columns:
        yield f"no column has the role {role!r}; give it to one"
    elif len(columns) > 1:
        names = ", ".join(_cut(column.name) for column in columns)
        yield f"{len(columns)} columns have the role {role!r}: {names}; leave it to one"


def _faults_of_crosses(crosses: Sequence[tuple[str, str]], columns: Sequence[Column]) -> Iterator[str]:
    before: list[set[str]] = []
    for cross in crosses:
        pair = cross if isinstance(cross, (tuple, list)) else ()
        if len(pair) != 2 or not all(isinstance(side, str) for side in pair):
            yield f'CROSSES holds {_cut(cross)}; expected pairs of categories, as in (("a", "b"), ("a", "c"))'
            continue
        shown = f"the cross {_cut(tuple(pair))}"
        faults = [fault for side in pair if (fault := _fault_of_side(side, columns))]
        if faults:
            yield f"{shown}: {faults[0]}"
        elif pair[0] == pair[1]:
            yield f"{shown} is of a category with itself; remove it"
        elif set(pair) in before:
            yield f"{shown} stands twice, in this order or the other; remove one"
        before.append(set(pair))


def _fault_of_side(side: str, columns: Sequence[Column]) -> str | None:
    """Returns why there is no category of this name; None if there is one."""
    inputs = [column for column in columns if column.role != "label"]
    categories = [
        f"{column.name}{CATEGORY_OF[column.kind]}" for column in inputs if column.kind in CATEGORY_OF
    ]
    if side in categories:
        return None
    name = side.partition(".")[0]
    named = next((column for column in columns if column.name == name), None)
    if named is None:
        hint = _hint(side, categories)
        return f"there is no column {_cut(name)}{hint}; categories are {', '.join(categories)}"
    if named.role == "label":
        return f"column {_cut(name)} is the label, which no request has"
    if named.kind not in CATEGORY_OF:
        return f"column {_cut(name)} is a {_cut(named.kind)}, which gives no category"
    return (
        f"column {_cut(name)} is a {named.kind}, which gives the category '{name}{CATEGORY_OF[named.kind]}'"
    )


def _faults_of_number(name: str, value: int, lowest: int) -> Iterator[str]:
    highest = HIGHEST[name]
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        yield f"{name} is {_cut(value)}; expected a whole number from {lowest} to {highest:,}"


def _hint(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word[:100], known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _or(words: Sequence[str]) -> str:
    return " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _cut(value: object) -> str:
    return f"{value!r:.80}"
