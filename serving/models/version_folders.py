"""The versions of a model on disk: a folder of numbered folders."""

from __future__ import annotations

import os
from collections.abc import Hashable
from pathlib import Path

# The largest number that TensorFlow Serving's API can name.
MAX_VERSION = 2**63 - 1


def find_versions(base_path: Path) -> dict[int, Path]:
    """Returns by number the folders below `base_path` that are named by one and hold a saved_model.pb.

    A folder with a number above MAX_VERSION is none: no client could ask for it.

    Raises:
      OSError: the folder cannot be listed.
    """
    with os.scandir(base_path) as entries:
        names = [entry.name for entry in entries if entry.name.isascii() and entry.name.isdigit()]
    return {
        int(name): base_path / name
        for name in names
        if int(name) <= MAX_VERSION and (base_path / name / "saved_model.pb").is_file()
    }


def files_now(folder: Path) -> Hashable:
    """Returns another value after any change of a file below the folder; None while that cannot be seen."""
    try:
        stats = {str(path): path.stat() for path in folder.rglob("*") if path.is_file()}
    except OSError:
        return None
    return frozenset((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats.items())
