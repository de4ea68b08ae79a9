"""Asks for the versions that the file beside them names (see served_file), and for no others."""

from __future__ import annotations

import os
import time
from collections.abc import Hashable
from pathlib import Path

from serving.models import served_file
from serving.models.served_file import ServedEntry, ServedFile, ServedFileError
from serving.models.wish import Wanted, Wish
from serving.regular_file import open_regular

# A file system's clock stands still for some milliseconds, so a file that is written in place twice may look
# like one that was written once. What was read so soon after it was written is read again.
_SETTLED_NS = 50_000_000


class NamedVersions:
    """Asks for what the file names: the version that serves, and the others beside it.

    Where that one cannot be loaded another may serve, but never the candidate of a rollout.
    """

    def __init__(self, base_path: Path, model_name: str) -> None:
        self._base_path = base_path
        self._model_name = model_name
        self._path = str(served_file.path_in(base_path))
        self._seen: _SeenFile | None = None

    def changed(self) -> bool:
        """Returns whether the file is another one than at the last `read`."""
        seen = self._seen
        return os.path.exists(self._path) if seen is None else seen.changed()

    def read(self) -> Wish:
        """Returns what the file asks for.

        Raises:
          ServedFileError: it is missing or broken, is another model's, or names no version that answers all.
        """
        self._seen = seen = _SeenFile.open(self._path)
        served = served_file.read(self._base_path)
        if served is None:
            raise ServedFileError(f"there is no {self._path}")
        return self._wish(served, seen and seen.state)

    def _wish(self, served: ServedFile, revision: Hashable) -> Wish:
        if served.model != self._model_name:
            raise ServedFileError(f"{self._path} is of {served.model!r}, and {self._model_name!r} is served")
        if served.versions and served.default is None:
            raise ServedFileError(
                f"{self._path} divides the requests among several versions, and names no rollout that does so"
            )
        candidate = served.rollout.candidate if served.rollout else None
        named = sorted(served.versions, key=lambda each: each is not served.default)
        return Wish(
            tuple(self._wanted(each) for each in named if each.number != candidate),
            tuple(self._wanted(each) for each in named),
            {label: each.number for each in named for label in each.labels},
            served.rollout,
            revision,
        )

    def _wanted(self, entry: ServedEntry) -> Wanted:
        return Wanted(entry.number, self._base_path / str(entry.number), entry.files)


class _SeenFile:
    """A file that stays open, so that it can be asked whether it still is what its path names.

    One that was replaced has a link less and, if it had others, another time of change. That is cheaper
    to find out than by the path, and no later file can be taken for this one.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.state = self._state()
        self._settled = abs(time.time_ns() - self.state[1]) > _SETTLED_NS

    @classmethod
    def open(cls, path: str) -> _SeenFile | None:
        """Returns the file at a path; None if it cannot be opened, or is none."""
        try:
            return cls(open_regular(path))
        except OSError:
            return None

    def changed(self) -> bool:
        return not self._settled or self._state() != self.state

    def _state(self) -> tuple[int, int, int]:
        stat = os.fstat(self._descriptor)
        return stat.st_nlink, stat.st_ctime_ns, stat.st_size

    def __del__(self) -> None:
        os.close(self._descriptor)  # a request may have been about to ask it when the next one was opened
