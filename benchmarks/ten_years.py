"""Ten times the year: the rows of a year's days again under earlier dates, as daily CSV files.

Block k of ten has every day moved by 365 * k days into the past, so the days stay without a gap over leap
years; nothing else of a row changes. The same year gives the same bytes.
"""

from __future__ import annotations

import datetime
from pathlib import Path

DATE_WIDTH = len("YYYY-MM-DD")


def write(year: Path, into: Path, times: int = 10) -> Path:
    """Writes `times` copies of the days of `year` into a new folder, unless it is there whole already.

    Raises:
      ValueError: the days are not consecutive, or a file's first column is not its date.
    """
    if into.is_dir():
        return into
    unfinished = into.with_name(f".{into.name}.part")
    unfinished.mkdir(parents=True, exist_ok=True)
    days = {datetime.date.fromisoformat(path.stem): path for path in sorted(year.glob("*.csv"))}
    length = (max(days) - min(days)).days + 1
    if length != len(days):
        raise ValueError(f"{year} has {len(days)} of the {length} days from {min(days)} to {max(days)}.")
    for day, path in days.items():
        text = path.read_text(encoding="utf-8")
        for block in range(times):
            moved = (day - datetime.timedelta(days=length * block)).isoformat()
            (unfinished / f"{moved}.csv").write_text(_with_date(text, path, moved), encoding="utf-8")
    unfinished.rename(into)
    return into


def _with_date(text: str, path: Path, date: str) -> str:
    """Returns the file's text with another date at the beginning of each row."""
    header, *rows = text.splitlines(keepends=True)
    if any(not row.startswith(f"{path.stem},") for row in rows):
        raise ValueError(f"{path}: a row does not begin with the date {path.stem} of its file.")
    return header + "".join(date + row[DATE_WIDTH:] for row in rows)
