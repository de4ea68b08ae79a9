"""Makes Parquet of the request log's closed files, by day; killed anywhere and repeated, nothing is twice.

A closed file F becomes `day=<YYYY-MM-DD>/F.parquet` of each day that it has requests of, each written beside
and renamed, and only then is F removed. A repetition writes the same files over those that are there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from monitoring import logged_requests
from pipeline.errors import BusyError
from pipeline.traffic.log_rows import rows_by_day
from serving.traffic.log_files import adopt, closed, written_to
from trainer.column import Column

LINES, DAYS = "lines", "days"  # below the folder of the request log
_UNFINISHED = ".new"


@dataclasses.dataclass(frozen=True)
class Compacted:
    """What became of the log.

    Attributes:
      files: closed files that were compacted.
      rows: of their requests.
      unread: lines that could not be read.
      adopted: files of servers that had died, among `files`.
      removed: days that were too old to be kept.
      open: files with requests that servers still write.
    """

    files: int
    rows: int
    unread: int
    adopted: int
    removed: tuple[dt.date, ...]
    open: int = 0


def compact(folder: Path, columns: Sequence[Column], keep_days: int, today: dt.date) -> Compacted:
    """Compacts what is closed, and removes days that are older than `keep_days`.

    Args:
      folder: of the request log.
      columns: of the model, without those that may not be kept.
      keep_days: how long a day is kept.
      today: in UTC.

    Raises:
      BusyError: another process is at it.
    """
    lines, days = folder / LINES, folder / DAYS
    for each in (lines, days):
        each.mkdir(parents=True, exist_ok=True)
    with _lock(folder):
        adopted = len([*adopt(lines)])
        counts = [_compact_file(path, days, columns) for path in closed(lines)]
        removed = tuple(_remove_old(days, today - dt.timedelta(days=keep_days)))
    done = [count for count in counts if count is not None]
    return Compacted(
        len(done), sum(c[0] for c in done), sum(c[1] for c in done), adopted, removed, written_to(lines)
    )


def _compact_file(path: Path, days: Path, columns: Sequence[Column]) -> tuple[int, int] | None:
    """Returns rows and unread lines of a file; None if its server has removed it meanwhile."""
    try:
        with path.open("rb") as file:
            found = rows_by_day(file, columns)
    except FileNotFoundError:
        return None
    for day, table in found.tables.items():
        _write(table, days / f"{logged_requests.DAY}{day}" / f"{path.stem}.parquet")
    path.unlink(missing_ok=True)
    return sum(len(table) for table in found.tables.values()), found.unread


def _write(table: pa.Table, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    unfinished = path.with_suffix(_UNFINISHED)
    with unfinished.open("wb") as file:
        parquet.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the name, before the lines that it was made of are removed
    finally:
        os.close(folder)


def _remove_old(days: Path, first: dt.date) -> Iterator[dt.date]:
    for day in logged_requests.days(days):
        if day < first:
            shutil.rmtree(days / f"{logged_requests.DAY}{day}")
            yield day


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    with (folder / "compact.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(f"another process compacts {folder}; wait for it") from error
        yield
