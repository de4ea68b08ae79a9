"""Reads columns.yaml: strictly, and every mistake is one line with the place of it."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trainer.column import Column, ColumnTable
from trainer.column_rule import RANGES, Place, find_faults
from trainer.yaml12 import Node, YamlError, read

FILE = "trainer/columns.yaml"
KEYS = tuple(field.name for field in dataclasses.fields(ColumnTable))
KEYS_OF_A_COLUMN = tuple(field.name for field in dataclasses.fields(Column))
NEEDED_OF_A_COLUMN = ("name", "dtype", "kind")
_TEXTS = ("name", "dtype", "kind", "role", "unit")


class ColumnsError(ValueError):
    """The table of columns cannot be used; one line that names file and line."""


def parse(text: str, file: str = FILE) -> ColumnTable:
    """Returns the table that a text of YAML holds.

    Args:
      text: of the file.
      file: its name in messages.

    Raises:
      ColumnsError: on the first fault; how many more there are stands at the end.
    """
    try:
        root = read(text, file)
    except YamlError as error:
        raise ColumnsError(f"{file}:{error.line}: {error}") from error
    faults = [*_faults_of_form(root)]
    table = None if faults else _table(root)
    faults += find_faults(table) if table else []
    if table is None or faults:
        place, words = faults[0]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ColumnsError(f"{root.find(place).origin}: {words}{more}")
    return table


def _table(root: Node) -> ColumnTable:
    assert isinstance(root.content, dict)
    values: dict[str, Any] = {name: node.content for name, node in root.content.items() if name in RANGES}
    columns = tuple(_column(node) for node in _items(root, "columns"))
    crosses = tuple(_pair(node) for node in _items(root, "crosses"))
    return ColumnTable(columns=columns, crosses=crosses, **values)


def _pair(node: Node) -> tuple[str, str]:
    assert isinstance(node.content, tuple)
    first, second = node.content
    return _text(first), _text(second)


def _items(root: Node, key: str) -> tuple[Node, ...]:
    assert isinstance(root.content, dict)
    content = root.content[key].content if key in root.content else ()
    assert isinstance(content, tuple)
    return content


def _column(node: Node) -> Column:
    assert isinstance(node.content, dict)
    values: dict[str, Any] = {key: child.content for key, child in node.content.items()}
    values |= {key: _text(node.content[key]) for key in _TEXTS if key in values}
    if "values" in values:
        as_text = values["dtype"] == "string"
        values["values"] = tuple(_text(each) if as_text else each.content for each in values["values"])
    return Column(**values)


def _text(node: Node) -> str:
    """Returns what was written, also where it looks like a number or a truth value."""
    return node.text if node.text is not None else str(node.content)


def _faults_of_form(root: Node) -> Iterator[tuple[Place, str]]:
    """Yields what is not of the form of a table: keys that are unknown or missing, values of another type."""
    if not isinstance(root.content, dict):
        yield (), f"expected the keys {', '.join(KEYS)}"
        return
    yield from _unknown(root.content, KEYS, ())
    for name in RANGES:
        if name in root.content and not _is_int(root.content[name].content):
            yield (name,), f"{name} is {_shown(root.content[name])}; expected a whole number"
    yield from _faults_of_columns(root.content.get("columns"))
    yield from _faults_of_crosses(root.content.get("crosses"))


def _faults_of_columns(columns: Node | None) -> Iterator[tuple[Place, str]]:
    if columns is None or not isinstance(columns.content, tuple):
        words = "there is no list of `columns`; expected a line each: - {name: …, dtype: …, kind: …}"
        yield ("columns",), words
    else:
        for position, column in enumerate(columns.content):
            yield from _faults_of_a_column(column, ("columns", position))


def _faults_of_crosses(crosses: Node | None) -> Iterator[tuple[Place, str]]:
    if crosses is None:
        return
    if not isinstance(crosses.content, tuple):
        yield ("crosses",), "crosses is no list; expected pairs of categories, a line each: - [a, b]"
        return
    for position, pair in enumerate(crosses.content):
        sides = pair.content if isinstance(pair.content, tuple) else ()
        if len(sides) != 2 or not all(map(_is_scalar, sides)):
            words = f"crosses holds {_shown(pair)}; expected a pair of categories: - [a, b]"
            yield ("crosses", position), words


def _faults_of_a_column(node: Node, place: Place) -> Iterator[tuple[Place, str]]:
    if not isinstance(node.content, dict):
        yield place, f"columns holds {_shown(node)}; expected {{name: …, dtype: …, kind: …}}"
        return
    yield from _unknown(node.content, KEYS_OF_A_COLUMN, place)
    name = _text(node.content["name"]) if "name" in node.content else None
    for key in NEEDED_OF_A_COLUMN:
        if key not in node.content:
            words = f"column {name!r} has no {key}" if name is not None else f"a column has no {key}"
            yield place, f"{words}; expected {', '.join(NEEDED_OF_A_COLUMN)}"
    for key, child in node.content.items():
        expected = _expected(key, child)
        if expected:
            yield (*place, key), f"column {name!r} has {key}: {_shown(child)}; expected {expected}"


def _expected(key: str, node: Node) -> str | None:
    """Returns what a value should have been; None if it is of the right type."""
    value = node.content
    if key in _TEXTS:
        return None if _is_scalar(node) and value is not None else "a text"
    if key == "required":
        return None if isinstance(value, bool) else "true or false"
    if key in ("min", "max"):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if is_number else "a number"
    if key == "values":
        return None if isinstance(value, tuple) and all(map(_is_scalar, value)) else "a list: [a, b]"
    return None


def _unknown(content: Mapping[str, Node], known: Sequence[str], place: Place) -> Iterator[tuple[Place, str]]:
    for key in content:
        if key not in known:
            close = difflib.get_close_matches(key[:100], known, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            yield (*place, key), f"unknown key {key!r:.80}{hint}; known here: {', '.join(known)}"


def _is_scalar(node: Node) -> bool:
    return not isinstance(node.content, (tuple, dict))


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(node: Node) -> str:
    return f"{node.plain()!r:.80}"
