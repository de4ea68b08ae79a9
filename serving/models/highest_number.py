"""Asks for the highest number in the folder, as TensorFlow Serving does unless it is told otherwise."""

from __future__ import annotations

from pathlib import Path

from serving.models.version_folders import find_versions
from serving.models.wish import Wanted, Wish


class HighestNumber:
    """Asks for the highest version below a folder that loads, and for that one alone.

    When the served version's folder disappears, the highest of the remaining takes over, and where none is
    left nothing is served. Files changed below a version that is served are not noticed.
    """

    def __init__(self, base_path: Path) -> None:
        self._base_path = base_path

    def changed(self) -> bool:
        """Returns False: a new folder has to be loaded before it matters to a request."""
        return False

    def read(self) -> Wish:
        """Returns the versions that are there, the highest first.

        Raises:
          OSError: the folder cannot be listed.
        """
        found = sorted(find_versions(self._base_path).items(), reverse=True)
        return Wish(default=tuple(Wanted(number, folder, "") for number, folder in found))
