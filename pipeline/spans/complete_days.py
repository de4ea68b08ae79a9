"""Which files hold a day, and which of them are complete: one rule for folders and for buckets."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping

from components.spans.grain import DAY, Grain
from pipeline.errors import DataError
from pipeline.spans.left_out import LeftOut, name_left_out
from pipeline.spans.window import Readiness

WRITING = "still being written; wait, or change data.ready_marker or data.ready_after_s"
_SUFFIXES = {"csv": (".csv", ".csv.gz"), "parquet": (".parquet",), "tfrecord": (".tfrecord", ".tfrecord.gz")}
_RIGHT_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})(\..+)", re.ASCII)
# What a person would take for a day: 2013-3-31.csv, 20130331.csv, 2013-03-31.CSV, 2013-03-31.csv.bz2.
_LIKE_A_DAY = re.compile(r"(\d{4})([-_.]?)(\d{1,2})\2(\d{1,2})((?:\.\w+)*)")


@dataclasses.dataclass(frozen=True)
class ListedFile:
    """What its place says of a file before it is opened.

    Attributes:
      age_s: seconds since its last change.
      fault: why it cannot be read, and what to do about it; None if it can.
    """

    age_s: float
    fault: str | None = None


def complete_days(
    files: Mapping[str, ListedFile], place: str, data_format: str, ready: Readiness, grain: Grain = DAY
) -> tuple[dict[dt.date, str], tuple[LeftOut, ...]]:
    """Finds the complete days among the files of one place; ignores files that do not look like days.

    List the files before reading any of them: then a file whose marker is in the list was finished before it
    is read.

    Args:
      files: by name, markers included.
      place: where the files are, for messages.
      data_format: csv, parquet or tfrecord.
      ready: when a file is complete.
      grain: what a file holds, so on what days names begin.

    Returns:
      Each complete day's file name, and in order the other days that the files were meant to hold.

    Raises:
      DataError: there is no complete day, a day has two files, or a name is no date, or no day that a
        span begins with.
    """
    names: dict[dt.date, str] = {}
    left_out: dict[dt.date, LeftOut] = {}
    for name in sorted(files):
        day = _day_of(name, place, data_format, grain)
        out = _left_out(day, name, files, ready) if day else _misnamed(name, data_format, ready, grain)
        if out:
            left_out.setdefault(out.day, out)
        elif day and day in names:
            raise DataError(f"{place}/{names[day]} and {name} are the same day; remove one")
        elif day:
            names[day] = name
    if not names:
        raise DataError(_why_none(place, data_format, left_out, grain))
    return names, tuple(left_out[day] for day in sorted(left_out.keys() - names.keys()))


def _day_of(name: str, place: str, data_format: str, grain: Grain) -> dt.date | None:
    """Returns the day of a file that is named as it should be; None for every other file."""
    match = _RIGHT_NAME.fullmatch(name)
    if not match or match.group(2) not in _SUFFIXES[data_format]:
        return None
    try:
        day = dt.date.fromisoformat(match.group(1))
    except ValueError as error:
        raise DataError(
            f"{place}/{name}: {match.group(1)!r} is no day of the calendar; rename or remove the file"
        ) from error
    first = grain.first_day(day)
    if day != first:
        raise DataError(
            f"{place}/{name}: data.grain is {grain.name}, and a {grain.name} is named by {grain.begins}; "
            f"rename the file to {first}{match.group(2)}, or set data.grain to what a file holds"
        )
    return day


def _left_out(day: dt.date, name: str, files: Mapping[str, ListedFile], ready: Readiness) -> LeftOut | None:
    """Returns why a file with a right name is left out; None if it is complete."""
    fault = files[name].fault
    if fault:
        return LeftOut(day, name, fault, unreadable=True)
    marked = ready.marker is not None and name + ready.marker in files
    return None if ready.holds(marked=marked, age_s=files[name].age_s) else LeftOut(day, name, WRITING)


def _misnamed(name: str, data_format: str, ready: Readiness, grain: Grain) -> LeftOut | None:
    """Returns the day that a file with a wrong name was probably meant to hold; None if it was for no day."""
    match = _LIKE_A_DAY.fullmatch(name)
    if not match or (ready.marker is not None and name.endswith(ready.marker)):
        return None
    year, _, month, of_month, suffix = match.groups()
    try:
        day = grain.first_day(dt.date(int(year), int(month), int(of_month)))
    except ValueError:
        return None
    known = _SUFFIXES[data_format]
    if suffix.lower() in known:
        return LeftOut(day, name, f"rename it to {day}{suffix.lower()}")
    expected = " or ".join(f"{day}{each}" for each in known)
    return LeftOut(day, name, f"data.format is {data_format}, which expects {expected}")


def _why_none(place: str, data_format: str, left_out: Mapping[dt.date, LeftOut], grain: Grain) -> str:
    if not left_out:
        like = grain.first_day(dt.date(2013, 1, 31))
        return f"{place} holds no span; expected files named like {like}.{data_format}"
    return f"{place} holds no span that can be used; left out: {name_left_out(left_out.values())}"
