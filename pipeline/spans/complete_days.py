"""Which files hold a day, and which of them are complete: one rule for folders and for buckets."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from pipeline.errors import DataError
from pipeline.spans.window import Readiness

_SUFFIXES = {"csv": r"\.csv(\.gz)?", "parquet": r"\.parquet", "tfrecord": r"\.tfrecord(\.gz)?"}


def complete_days(
    ages_s: Mapping[str, float], place: str, data_format: str, ready: Readiness
) -> tuple[dict[dt.date, str], tuple[dt.date, ...]]:
    """Finds the complete days among the files of one place; ignores files that are not named as days.

    List the files before reading any of them: then a file whose marker is in the list was finished before it
    is read.

    Args:
      ages_s: name of each file, markers included, to seconds since its last change.
      place: where the files are, for messages.
      data_format: csv, parquet or tfrecord.
      ready: when a file is complete.

    Returns:
      Each complete day's file name, and the days that are still being written.

    Raises:
      DataError: there is no complete day, a day has two files, or a name is no date.
    """
    names: dict[dt.date, str] = {}
    unready: set[dt.date] = set()
    pattern = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}}){_SUFFIXES[data_format]}")
    for name, match in ((name, pattern.fullmatch(name)) for name in sorted(ages_s)):
        if not match:
            continue
        day = _parse_day(match.group(1), f"{place}/{name}")
        marked = ready.marker is not None and name + ready.marker in ages_s
        if not ready.holds(marked=marked, age_s=ages_s[name]):
            unready.add(day)
        elif day in names:
            raise DataError(f"{place}/{names[day]} and {name} are the same day; remove one")
        else:
            names[day] = name
    if not names:
        raise DataError(_why_none(place, data_format, unready))
    return names, tuple(sorted(unready - names.keys()))


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
