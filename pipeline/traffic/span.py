"""Logged requests of a day as a span: a CSV that ExampleGen reads once the labels are in it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
from pyarrow import compute
from pyarrow import csv as pa_csv

from monitoring import logged_requests
from pipeline.errors import DataError
from trainer.column import ColumnTable

KEY = "request.key"


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
        raise DataError(
            f"no request of {day} is in {days}; run `evergreen traffic compact`, or choose another day"
        )
    into.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".new")
    pa_csv.write_csv(rows, unfinished)
    unfinished.rename(path)
    return path, len(rows)


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
