"""Rows of logged requests as Arrow tables, by day, with the types of the model's columns."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from monitoring.logged_requests import ANSWER, REQUEST
from trainer.column import Column

_TYPES = {"int64": pa.int64(), "float32": pa.float32(), "string": pa.string()}
_NOT_FINITE = ("NaN", "Infinity", "-Infinity")  # as serving/traffic/log_lines.py writes them
_MOST_ROWS = 1_000_000  # of a request; a damaged line must not fill the memory
_DEEPEST = 16  # lists within lists of an array

Line = Mapping[str, Any]


class DayRows(NamedTuple):
    """Rows of one file by day, and how many of its lines could not be read."""

    tables: dict[dt.date, pa.Table]
    unread: int


def rows_by_day(lines: Iterable[bytes], columns: Sequence[Column]) -> DayRows:
    """Returns the rows of a file of the request log.

    A line that was cut, as its server was killed, or that no server writes is counted and left out.

    Args:
      lines: of the file.
      columns: of the model, without those that may not be kept.
    """
    days: dict[dt.date, list[Line]] = {}
    unread = 0
    for text in lines:
        line = _parsed(text)
        if line is None:
            unread += 1
        else:
            days.setdefault(_time(line).date(), []).append(line)
    return DayRows({day: _table(found, columns) for day, found in days.items()}, unread)


def _parsed(text: bytes) -> Line | None:
    try:
        line = json.loads(text)
        _time(line)
        return line if _is_whole(line) else None
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, OSError):
        return None


def _is_whole(line: Line) -> bool:
    """Returns whether a line has what each has, and in its arrays nothing but numbers and texts.

    Raises:
      KeyError: a part is missing.
      UnicodeEncodeError: an input or output has a name that no column can have.
    """
    rows, parts = line["rows"], (line["inputs"], line["outputs"])
    if not (isinstance(rows, int) and 0 <= rows <= _MOST_ROWS):
        return False
    return all(isinstance(part, dict) and all(map(_is_array, part, part.values())) for part in parts)


def _is_array(name: str, value: Any) -> bool:
    name.encode()
    return _is_plain(value, _DEEPEST)


def _is_plain(value: Any, deepest: int) -> bool:
    if isinstance(value, list):
        return deepest > 0 and all(_is_plain(each, deepest - 1) for each in value)
    return value is None or isinstance(value, (int, float, str))


def _time(line: Line) -> dt.datetime:
    return dt.datetime.fromtimestamp(line["time"], dt.timezone.utc)


def _table(lines: Sequence[Line], columns: Sequence[Column]) -> pa.Table:
    """Returns the rows of requests; one that could not be read has one row, with nothing in its columns."""
    counts = [max(1, line["rows"]) for line in lines]
    fields = {field.name: field.type for field in REQUEST}
    arrays = {name: _array(_repeated(lines, counts, name), kind) for name, kind in fields.items()}
    for column in columns:
        nothing = _NOT_FINITE if column.dtype == "float32" else (column.missing,)
        values = _values(lines, counts, "inputs", column.name)
        arrays[column.name] = _array(
            [None if value in nothing else value for value in values], _TYPES[column.dtype]
        )
    for name in dict.fromkeys(name for line in lines for name in line["outputs"]):
        arrays[f"{ANSWER}{name}"] = _answers([*_values(lines, counts, "outputs", name)])
    return pa.table(arrays)


def _repeated(lines: Sequence[Line], counts: Sequence[int], name: str) -> list[Any]:
    """Returns what is known of each request, once for each of its rows."""
    field = name.removeprefix("request.")
    found = [_time(line) if field == "time" else line.get(field) for line in lines]
    return [value for value, count in zip(found, counts, strict=True) for _ in range(count)]


def _values(lines: Sequence[Line], counts: Sequence[int], part: str, name: str) -> Iterator[Any]:
    """Yields an input or output of each row; nulls where it has not one value a row."""
    for line, count in zip(lines, counts, strict=True):
        found = line[part].get(name)
        if not isinstance(found, list) or len(found) != count:
            yield from [None] * count
            continue
        for value in found:
            yield value[0] if isinstance(value, list) and len(value) == 1 else value


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Returns values of a type; null for one that cannot have it, as of a model with other columns."""
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return pa.array([_fitting(value, kind) for value in values], kind)


def _fitting(value: Any, kind: pa.DataType) -> Any:
    try:
        return pa.scalar(_text(value) if isinstance(value, str) else value, kind).as_py()
    except (pa.ArrowException, OverflowError):
        return None


def _answers(values: Sequence[Any]) -> pa.Array:
    """Returns an output of one number a row or one text, or of several; what is of another kind is null."""
    leaves = [leaf for value in values for leaf in _leaves(value)]
    is_text = any(isinstance(leaf, str) and leaf not in _NOT_FINITE for leaf in leaves)
    kind, fitting = (pa.string(), _text) if is_text else (pa.float64(), _number)
    if any(isinstance(value, list) for value in values):
        lists = [None if value is None else [*map(fitting, _leaves(value))] for value in values]
        return pa.array(lists, pa.list_(kind))
    return pa.array([*map(fitting, values)], kind)


def _leaves(value: Any) -> Iterator[Any]:
    """Yields what lists within lists hold; of what is no list, itself."""
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _text(value: Any) -> str | None:
    """Returns a text; a lone surrogate is none."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    if isinstance(value, str) and value not in _NOT_FINITE:
        return None
    try:
        return None if value is None else float(value)
    except OverflowError:
        return None
