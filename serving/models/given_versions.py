"""Asks for versions that were given once and for all."""

from __future__ import annotations

from pathlib import Path

from serving.models.named_versions import NamedVersions
from serving.models.served_file import ServedFile
from serving.models.wish import Wish


class GivenVersions(NamedVersions):
    """Asks for what it was given, as if a file named it: for where there is none, and none can be written."""

    def __init__(self, base_path: Path, served: ServedFile) -> None:
        super().__init__(base_path, served.model)
        self._given = served

    def changed(self) -> bool:
        """Returns False."""
        return False

    def read(self) -> Wish:
        """Returns what was given."""
        return self._wish(self._given, None)
