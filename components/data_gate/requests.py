"""Rows as they were requested lately, where they are kept: a file of JSON lines a day, one row a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import tensorflow as tf

from components.data_gate.columns import GateColumns
from components.data_gate.day_profile import DayProfile, profile_of

NEWEST_FILES = 7
MOST_ROWS = 100_000
_SUFFIX = ".jsonl"


class NoRequestsError(Exception):
    """Requests that cannot be read."""


def read_requests(folder: str, columns: GateColumns) -> DayProfile:
    """Returns the profile of the newest requests.

    Args:
      folder: with `<YYYY-MM-DD>.jsonl`; a line is an object, column to value, as in `instances` of a request.
      columns: of the data; others are left out.

    Raises:
      NoRequestsError: there are no such files, or a line in them is no object.
    """
    if not tf.io.gfile.isdir(folder):
        raise NoRequestsError(f"there is no folder {folder}")
    names = sorted(name for name in tf.io.gfile.listdir(folder) if name.endswith(_SUFFIX))[-NEWEST_FILES:]
    rows = [row for name in names for row in _rows(os.path.join(folder, name))][-MOST_ROWS:]
    if not rows:
        raise NoRequestsError(f"{folder} has no rows in files named <YYYY-MM-DD>{_SUFFIX}")
    values = {name: _column([row.get(name) for row in rows], columns.how(name)) for name in columns.kinds}
    return profile_of(values, columns)


def _rows(path: str) -> Iterator[Mapping[str, Any]]:
    with tf.io.gfile.GFile(path, "r") as file:
        for number, line in enumerate(file, start=1):
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise NoRequestsError(f"line {number} of {path} is no JSON object")
            yield row


def _column(values: list[Any], how: str) -> pa.Array:
    if how == "numbers":
        return pa.array([value if isinstance(value, int | float) else None for value in values], pa.float32())
    if how == "hours":
        return _hours(values)
    return pa.array([None if value in (None, "") else str(value) for value in values], pa.string())


def _hours(values: list[Any]) -> pa.Array:
    """Returns clocks, written hhmm, as whole numbers, and timestamps as texts."""
    if any(isinstance(value, str) for value in values):
        return pa.array([value if isinstance(value, str) else None for value in values], pa.string())
    return pa.array([int(value) if isinstance(value, int | float) else None for value in values], pa.int64())
