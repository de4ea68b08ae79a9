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

Line = Mapping[str, Any]


class DayRows(NamedTuple):
    """Rows of one file by day, and how many of its lines could not be read."""

    tables: dict[dt.date, pa.Table]
    unread: int


def rows_by_day(lines: Iterable[bytes], columns: Sequence[Column]) -> DayRows:
    """Returns the rows of a file of the request log.

    A line that was cut, as its server was killed, is counted and left out.

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
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, OSError):
        return None
    is_whole = all(isinstance(line.get(part), dict) for part in ("inputs", "outputs"))
    return line if is_whole and isinstance(line.get("rows"), int) else None


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
    if isinstance(value, str):  # a lone surrogate is no text
        value = value.encode(errors="backslashreplace").decode()
    try:
        return pa.scalar(value, kind).as_py()
    except (pa.ArrowException, OverflowError):
        return None


def _answers(values: Sequence[Any]) -> pa.Array:
    """Returns an output of one number a row, of one text, or of several numbers."""
    present = [value for value in values if value is not None]
    if any(isinstance(value, list) for value in present):
        return _array([_numbers(value) if isinstance(value, list) else None for value in values],
                      pa.list_(pa.float64()))  # fmt: skip
    if any(isinstance(value, str) and value not in _NOT_FINITE for value in present):
        return _array(values, pa.string())
    return _array([_number(value) for value in values], pa.float64())


def _numbers(values: Sequence[Any]) -> list[float | None]:
    return [_number(value) for value in values]


def _number(value: Any) -> float | None:
    return None if value is None or isinstance(value, list) else float(value)
