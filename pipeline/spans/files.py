"""Which files are days, and which of those are complete: one rule for folders and for buckets."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from pipeline.errors import DataError
from pipeline.spans.window import Readiness

_SUFFIXES = {"csv": r"\.csv(\.gz)?", "parquet": r"\.parquet", "tfrecord": r"\.tfrecord(\.gz)?"}


def complete(
    ages_s: Mapping[str, float], place: str, data_format: str, ready: Readiness
) -> tuple[dict[dt.date, str], tuple[dt.date, ...]]:
    """Finds the complete days among the files of one place; files that are no days are left alone.

    The listing has to be older than what is read of the files later: then a file whose marker is listed was
    finished before it is read.

    Args:
      ages_s: name of each file, markers too, to seconds since its last change.
      place: where they are, for people.

    Returns:
      Day to name, and the days that are still being written.

    Raises:
      DataError: no complete day, two files for a day, or a day that the calendar does not have.
    """
    found: dict[dt.date, str] = {}
    unready: set[dt.date] = set()
    wanted = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}}){_SUFFIXES[data_format]}")
    for name, match in ((name, wanted.fullmatch(name)) for name in sorted(ages_s)):
        if not match:
            continue
        day = _parse_day(match.group(1), f"{place}/{name}")
        marked = ready.marker is not None and name + ready.marker in ages_s
        if not ready.holds(marked=marked, age_s=ages_s[name]):
            unready.add(day)
        elif day in found:
            raise DataError(f"{place}/{found[day]} and {name} are the same day; remove one")
        else:
            found[day] = name
    if not found:
        raise DataError(_why_none(place, data_format, unready))
    return found, tuple(sorted(unready - found.keys()))


def _parse_day(text: str, file: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise DataError(f"{file}: {text!r} is no day of the calendar; rename or remove the file") from error


def _why_none(place: str, data_format: str, unready: set[dt.date]) -> str:
    if not unready:
        return f"{place} holds no span; expected files named like 2013-01-31.{data_format}"
    return (
        f"{place} holds {len(unready)} spans that are still being written; wait, or change data.ready_marker "
        "or data.ready_after_s"
    )
