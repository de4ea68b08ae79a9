"""Logged requests of a day as a span: a CSV that ExampleGen reads once the labels are in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as pa_csv

from monitoring import logged_requests
from pipeline.errors import DataError
from trainer.column import ColumnTable

KEY = "request.key"
_DATE = len("YYYY-MM-DD")
_SHOWN = 6


def write_span(days: Path, day: dt.date, columns: ColumnTable, into: Path) -> tuple[Path, int]:
    """Writes the rows of a day with the columns of the data, and returns the file and how many rows it has.

    A row is of the day that its date column says; without such a column, of the day of its request. A row
    that was asked for several times, with the same key, stands once. The label is empty, and so is a column
    that no request has; the column KEY, by which labels can be found, is there where requests have keys.

    Args:
      days: folder of the compacted days.
      day: which one.
      columns: of the data.
      into: folder of the file.

    Raises:
      DataError: the file is there already, or no request is of that day.
    """
    path = into / f"{day}.csv"
    if path.exists():
        raise DataError(f"{path} is there already; remove it, or choose another folder")
    rows = _rows(days, day, columns)
    if not len(rows):
        raise DataError(_nothing(days, day, columns))
    into.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    pa_csv.write_csv(rows, unfinished)
    unfinished.rename(path)
    return path, len(rows)


def _nothing(days: Path, day: dt.date, columns: ColumnTable) -> str:
    """Returns that no row is of a day, and of which there are."""
    known = logged_requests.days(days)
    if not known:
        return f"{days} has no requests; run `evergreen traffic compact` once some were logged"
    if not columns.date:
        return f"no logged request was asked for on {day}; they are of {_few(known)} (UTC)"
    name = columns.date.name
    values = logged_requests.read(days, known, [name])[name].cast(pa.string())
    found = sorted({text[:_DATE] for text in values.unique().drop_null().to_pylist()})
    of_others = f"they have {_few(found)}" if found else "they have none at all; is it in request_log.drop?"
    return f"no logged row has {name} {day}; {of_others}"


def _few(values: Sequence[object]) -> str:
    """Returns the values, the middle ones left out where they are many."""
    shown = [*map(str, values)]
    return ", ".join(shown if len(shown) <= _SHOWN else [*shown[: _SHOWN - 2], "…", shown[-1]])


def _rows(days: Path, day: dt.date, columns: ColumnTable) -> pa.Table:
    names = [column.name for column in columns.columns]
    wanted = logged_requests.days(days) if columns.date else [day]
    rows = logged_requests.read(days, wanted, [*names, KEY])
    if columns.date and len(rows):
        of_day = compute.starts_with(rows[columns.date.name].cast(pa.string()), str(day))
        rows = rows.filter(compute.fill_null(of_day, False))
    rows = rows.group_by(rows.column_names).aggregate([]) if len(rows) else rows
    has_keys = len(rows) and compute.any(compute.not_equal(rows[KEY], "")).as_py()
    return rows.select([*names, KEY] if has_keys else names)
