"""The versions of a model on disk: a folder of numbered folders."""

from __future__ import annotations

import os
from pathlib import Path


def find_versions(base_path: Path) -> dict[int, Path]:
    """Returns by number the folders below `base_path` that are named by one and hold a saved_model.pb.

    Raises:
      OSError: the folder cannot be listed.
    """
    with os.scandir(base_path) as entries:
        names = [entry.name for entry in entries if entry.name.isascii() and entry.name.isdigit()]
    return {int(name): base_path / name for name in names if (base_path / name / "saved_model.pb").is_file()}


def file_stats(folder: Path) -> dict[Path, tuple[int, int]]:
    """Returns size and time of change of every file below the folder: another value after any change."""
    stats = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (stat.st_size, stat.st_mtime_ns) for path, stat in stats.items()}
