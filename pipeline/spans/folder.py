"""Spans that are files of a folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from components.spans.grain import DAY, Grain
from pipeline.errors import ConfigError, DataError
from pipeline.spans.complete_days import ListedFile, complete_days
from pipeline.spans.window import AvailableDays, Readiness, Span

_CHUNK_BYTES = 1 << 20


def available_days(folder: Path, data_format: str, ready: Readiness, grain: Grain = DAY) -> AvailableDays:
    """Finds the days of a folder; a day's file is read only when its span is requested.

    Raises:
      ConfigError: there is no such folder.
      DataError: the folder cannot be read, or `complete_days` refuses its files.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"no data folder at {folder}; set data.source to the folder of your daily files "
            "(`make data` writes the sample)"
        )
    with _read_errors(folder):
        files = _listed(folder)
    names, left_out = complete_days(files, str(folder), data_format, ready, grain)
    return AvailableDays({day: partial(_span, day, folder / name) for day, name in names.items()}, left_out)


def _listed(folder: Path) -> dict[str, ListedFile]:
    files = {}
    for path in [*folder.iterdir()]:  # list all names first: a file whose marker is listed is complete
        with contextlib.suppress(FileNotFoundError):  # removed after the folder was listed
            files[path.name] = _listed_file(path)
    return files


def _listed_file(path: Path) -> ListedFile:
    is_link = stat.S_ISLNK(path.lstat().st_mode)
    try:
        status = path.stat()
    except OSError as error:
        if not is_link:
            raise
        return ListedFile(0.0, f"a link whose target cannot be read: {error.strerror}; mend it")
    if not stat.S_ISREG(status.st_mode):
        return ListedFile(0.0, "a folder or a device; expected a file")
    if not os.access(path, os.R_OK):
        return ListedFile(0.0, "no permission to read it; give this account the right")
    return ListedFile(time.time() - status.st_mtime)


def _span(day: dt.date, path: Path) -> Span:
    digest = hashlib.sha256()
    with _read_errors(path), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return Span(date=day, path=str(path.resolve()), fingerprint=digest.hexdigest())


@contextlib.contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    """Turns errors of the file system into one line with the name, which not all of them carry."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}); make it readable, and start again"
        ) from error
