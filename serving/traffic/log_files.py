"""The files of the request log: one that is written, and closed ones that wait to be compacted.

    <start>-<process>-<token>-<count>.jsonl.open    locked for as long as its server lives
    <start>-<process>-<token>-<count>.jsonl         closed: renamed, complete, never written again

A file without its lock is a dead server's, whatever its name (see `adopt`).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

CLOSED, OPEN = ".jsonl", ".jsonl.open"


class LogFile:
    """The file that one server writes now; only one thread may use it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._count = 0
        self._file: BinaryIO | None = None
        self._started = 0.0
        self._writes = 0
        self.bytes = 0

    @property
    def age_s(self) -> float:
        """Seconds since its first line; 0 where nothing is open."""
        return time.monotonic() - self._started if self._file else 0.0

    def write(self, lines: bytes) -> None:
        """Appends whole lines; they are in the file, though not on the disk, when this returns.

        Raises:
          OSError: the folder or the disk cannot take them; what was written of them is taken back.
        """
        file = self._file or self._begin()
        try:
            if file.write(lines) < len(lines):  # a disk that fills up takes a part and says nothing
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            with contextlib.suppress(OSError):
                file.truncate(self.bytes)
                file.seek(self.bytes)
            raise
        self.bytes += len(lines)
        self._writes += 1

    def close(self) -> int:
        """Closes and renames the file, if there is one; returns how many writes are lost, as it was removed.

        Raises:
          OSError: it cannot be renamed; it is still open then.
        """
        if self._file is None:
            return 0
        path, lost = Path(self._file.name), 0
        try:
            path.rename(path.with_suffix(""))
        except FileNotFoundError:
            lost = self._writes
        self._file.close()  # after the rename, so that nobody takes it for a dead server's
        self._file = None
        self.bytes = self._writes = 0
        return lost

    def is_removed(self) -> bool:
        """Returns whether somebody removed the file that is open."""
        return self._file is not None and not os.fstat(self._file.fileno()).st_nlink

    def _begin(self) -> BinaryIO:
        self._folder.mkdir(parents=True, exist_ok=True)
        start = time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime())
        self._count += 1
        path = self._folder / f"{start}-{self._server}-{self._count:06}{OPEN}"
        file = path.open("xb", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX)
        self._file, self._started = file, time.monotonic()
        return file


def closed(folder: Path) -> list[Path]:
    """Returns the closed files, the oldest first."""
    return sorted(folder.glob(f"*{CLOSED}"))


def written_to(folder: Path) -> int:
    """Returns how many files with requests are open."""
    found = 0
    for path in folder.glob(f"*{OPEN}"):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found += path.stat().st_size > 0
    return found


def adopt(folder: Path) -> Iterator[Path]:
    """Closes the files of servers that died, and yields them; their last line may be cut."""
    for path in sorted(folder.glob(f"*{OPEN}")):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                continue  # it may not be locked yet; a server writes into a locked one only
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            target = path.with_suffix("")
            path.rename(target)
            yield target


def remove_oldest(folder: Path, most_bytes: int) -> int:
    """Removes the oldest closed files until the others have at most so many bytes; returns how many."""
    left, removed = most_bytes, 0
    for path in reversed(closed(folder)):
        with contextlib.suppress(FileNotFoundError):  # compacted meanwhile
            left -= path.stat().st_size
            if left < 0:
                path.unlink()
                removed += 1
    return removed
