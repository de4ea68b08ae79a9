"""Spans that are files of a folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import time
from functools import partial
from pathlib import Path

from pipeline.errors import DataError
from pipeline.spans import files as day_files
from pipeline.spans.window import Found, Readiness, Span

_CHUNK_BYTES = 1 << 20


def spans_by_day(folder: Path, data_format: str, ready: Readiness) -> Found:
    """Finds the days of a folder; a day's file is read when its span is asked for.

    Raises:
      DataError: there is no such folder, or as `day_files.complete`.
    """
    if not folder.is_dir():
        raise DataError(
            f"no data folder at {folder}; set data.source to the folder of your daily files "
            "(`make data` writes the sample)"
        )
    names, unready = day_files.complete(_ages_s(folder), str(folder), data_format, ready)
    return Found({day: partial(_span, day, folder / name) for day, name in names.items()}, unready)


def _ages_s(folder: Path) -> dict[str, float]:
    ages_s = {}
    for path in [*folder.iterdir()]:  # all names first: what a listed marker speaks of is finished by then
        with contextlib.suppress(FileNotFoundError):  # it was taken away after the folder was listed
            ages_s[path.name] = time.time() - path.stat().st_mtime
    return ages_s


def _span(day: dt.date, path: Path) -> Span:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return Span(date=day, path=str(path.resolve()), fingerprint=digest.hexdigest())
