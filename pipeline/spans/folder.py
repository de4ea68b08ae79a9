"""Spans that are files of a folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import time
from functools import partial
from pathlib import Path

from pipeline.errors import DataError
from pipeline.spans import complete_days
from pipeline.spans.window import AvailableDays, Readiness, Span

_CHUNK_BYTES = 1 << 20


def available_days(folder: Path, data_format: str, ready: Readiness) -> AvailableDays:
    """Finds the days of a folder; a day's file is read only when its span is requested.

    Raises:
      DataError: the folder does not exist, or `complete_days.complete_days` refuses its files.
    """
    if not folder.is_dir():
        raise DataError(
            f"no data folder at {folder}; set data.source to the folder of your daily files "
            "(`make data` writes the sample)"
        )
    names, unready = complete_days.complete_days(_ages_s(folder), str(folder), data_format, ready)
    return AvailableDays({day: partial(_span, day, folder / name) for day, name in names.items()}, unready)


def _ages_s(folder: Path) -> dict[str, float]:
    ages_s = {}
    for path in [*folder.iterdir()]:  # list all names first: a file whose marker is listed is complete
        with contextlib.suppress(FileNotFoundError):  # removed after the folder was listed
            ages_s[path.name] = time.time() - path.stat().st_mtime
    return ages_s


def _span(day: dt.date, path: Path) -> Span:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return Span(date=day, path=str(path.resolve()), fingerprint=digest.hexdigest())
