"""Rows as they were requested lately, where they are kept.

Either a file of JSON lines a day, one row a line, or what the request log was compacted to: Parquet by day.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from components.data_gate.columns import GateColumns
from components.data_gate.day_profile import DayProfile, profile_of
from monitoring import logged_requests

NEWEST_FILES = 7
MOST_ROWS = 100_000
LATEST = 2_400  # hhmm
_SUFFIX = ".jsonl"


class NoRequestsError(Exception):
    """Requests that cannot be read."""


def read_requests(folder: str, columns: GateColumns) -> DayProfile:
    """Returns the profile of the newest requests.

    Args:
      folder: with `<YYYY-MM-DD>.jsonl`; a line is an object, column to value, as in `instances` of a request.
        Or with the compacted days of the request log (monitoring/logged_requests.py).
      columns: of the data; others are left out.

    Raises:
      NoRequestsError: there are no such files, they cannot be read, or a line in them is no object.
    """
    if not tf.io.gfile.isdir(folder):
        raise NoRequestsError(f"there is no folder {folder}")
    names = sorted(name for name in tf.io.gfile.listdir(folder) if name.endswith(_SUFFIX))[-NEWEST_FILES:]
    rows = [row for name in names for row in _rows(os.path.join(folder, name))] or _logged(folder, columns)
    rows = rows[-MOST_ROWS:]
    if not rows:
        raise NoRequestsError(
            f"{folder} has no rows in files named <YYYY-MM-DD>{_SUFFIX} or {logged_requests.DAY}<YYYY-MM-DD>"
        )
    values = {name: _column([row.get(name) for row in rows], columns, name) for name in columns.kinds}
    return profile_of(values, columns)


def _logged(folder: str, columns: GateColumns) -> list[Mapping[str, Any]]:
    """Returns the rows of answered requests that the model server logged on its newest days."""
    days = logged_requests.days(Path(folder))[-NEWEST_FILES:]
    try:
        table = logged_requests.read(Path(folder), days, [*columns.kinds])
    except (pa.ArrowException, OSError) as error:
        raise NoRequestsError(f"{folder} cannot be read: {' '.join(str(error).split())[:200]}") from error
    rows: list[Mapping[str, Any]] = table.slice(max(0, len(table) - MOST_ROWS)).to_pylist()
    return rows


def _rows(path: str) -> Iterator[Mapping[str, Any]]:
    try:
        with tf.io.gfile.GFile(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield _row(line, f"line {number} of {path}")
    except tf.errors.OpError as error:
        raise NoRequestsError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error


def _row(line: bytes, where: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise NoRequestsError(f"{where} is no JSON object in UTF-8")
    return row


def _column(values: list[Any], columns: GateColumns, name: str) -> pa.Array:
    """Returns a column of requests in the type of the data's; null for what cannot be a value of it."""
    how = columns.how(name)
    if how == "numbers":
        return pa.array(np.array([_number(value) for value in values]).astype(np.float32))
    if columns.kinds[name] == "clock":
        return pa.array([_clock(value) for value in values], pa.int64())
    if how == "hours":
        return pa.array([_text(value) if isinstance(value, str) else None for value in values], pa.string())
    return pa.array([None if value in (None, "") else _text(value) for value in values], pa.string())


def _number(value: Any) -> float:
    try:
        return float(value) if isinstance(value, int | float) else math.nan
    except OverflowError:  # a whole number of hundreds of digits
        return math.inf


def _clock(value: Any) -> int | None:
    """Returns a clock, written hhmm as a number or a text, as a whole number."""
    number = float(value) if isinstance(value, str) and value.isdecimal() else _number(value)
    return int(number) if 0 <= number <= LATEST else None


def _text(value: Any) -> str:
    return str(value).encode(errors="backslashreplace").decode()
