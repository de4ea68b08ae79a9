"""Spans that are being written, and how they all take their places, or none does.

An import writes into the hidden folder `.import` of the spans' folder; sources of spans ignore it. When all
is written, the file `complete` is put there, and only then spans are moved to their places. An import that
is killed before leaves nothing but that folder, which the next import removes; one that is killed after it
is finished by the next import.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline import interrupts
from pipeline.errors import BusyError

_FOLDER, _COMPLETE = ".import", "complete"
_BUFFER_BYTES = 64 << 20


class Staging:
    """Files that are written before they take their places.

    Attributes:
      folder: of the files.
      finished: number of spans of an interrupted import that were published before these.
    """

    finished = 0

    def __init__(self, folder: Path, header: bytes):
        """Writes nothing yet.

        Args:
          folder: of the files.
          header: the first line of each, with its line end.
        """
        self.folder, self._header = folder, header
        self._waiting: dict[str, list[bytes]] = {}
        self._bytes = 0

    def path(self, name: str) -> Path:
        """Returns the place of a file until it is published."""
        return self.folder / name

    def append(self, name: str, content: bytes) -> None:
        """Adds to a file. Thousands of files may grow at once: none stays open."""
        self._waiting.setdefault(name, []).append(content)
        self._bytes += len(content)
        if self._bytes >= _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Writes what was added."""
        for name, parts in self._waiting.items():
            with self.path(name).open("ab") as file:
                if not file.tell():
                    file.write(self._header)
                file.writelines(parts)
        self._waiting, self._bytes = {}, 0

    def rewrite(self, name: str, rows: Iterable[str]) -> None:
        """Gives a file other rows."""
        with self.path(name).open("wb") as file:
            file.write(self._header)
            file.writelines(f"{row}\n".encode() for row in rows)

    def rename(self, name: str, new: str) -> None:
        """Gives a file another name."""
        self.path(name).rename(self.path(new))

    def remove(self, name: str) -> None:
        """Removes a file that is not to be published."""
        self.path(name).unlink()

    def names(self) -> list[str]:
        """Returns the names of the files, in order."""
        return sorted(path.name for path in self.folder.iterdir())


@contextlib.contextmanager
def staged(folder: Path, header: bytes, marker: str | None) -> Iterator[Staging]:
    """Gives a place to write spans in, and moves them into the folder when the block ends without an error.

    Args:
      folder: of the spans; made if missing.
      header: the first line of each.
      marker: what a span's name is followed by in the name of the file that says that it is complete.

    Raises:
      BusyError: another import writes into the folder.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / _FOLDER
    try:
        with _locked(folder):
            finished = finish_interrupted(folder, marker)
            place.mkdir()
            try:
                staging = Staging(place / "spans", header)
                staging.finished = finished
                staging.folder.mkdir()
                yield staging
                staging.flush()
                _complete(place, staging.names())
                with interrupts.deferred():
                    finish_interrupted(folder, marker)
            finally:
                if not (place / _COMPLETE).exists():
                    shutil.rmtree(place, ignore_errors=True)
    finally:
        if is_new:
            with contextlib.suppress(OSError):  # there are spans in it
                folder.rmdir()


def _complete(place: Path, names: Iterable[str]) -> None:
    """Says that all is written, and which spans: those moved before a kill may still lack their markers."""
    half = place / f"{_COMPLETE}.new"
    half.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    half.replace(place / _COMPLETE)


def finish_interrupted(folder: Path, marker: str | None) -> int:
    """Publishes what a complete import left behind, removes what another did; returns the spans published."""
    place = folder / _FOLDER
    published = 0
    if (place / _COMPLETE).exists():
        for name in (place / _COMPLETE).read_text(encoding="utf-8").splitlines():
            published += _publish(place / "spans" / name, folder / name, marker)
        # First: without it, what is left of the folder says nothing.
        (place / _COMPLETE).unlink()
    if place.exists():
        shutil.rmtree(place)
    return published


def _publish(staged: Path, span: Path, marker: str | None) -> bool:
    """Moves a span to its place, unless it is there, and marks it; returns whether it moved."""
    moves = staged.exists()
    if moves:
        os.replace(staged, span)
    if marker and span.exists():
        span.with_name(f"{span.name}{marker}").touch()
    return moves


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder; the operating system frees it when the process ends, however it ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                f"{folder}: another import is writing there; wait for it, and start again"
            ) from error
        yield
    finally:
        os.close(descriptor)
