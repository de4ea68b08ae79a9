"""Puts files and folders in their places, all or none: what is half done after a kill is finished next time.

write all to `.evergreen-init/staging` -> write the journal, its renames -> rename -> remove the journal
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

FOLDER = ".evergreen-init"
_JOURNAL, _STAGING = "journal.json", "staging"


def staging(root: Path) -> Path:
    """Returns an empty folder to write in; what an interrupted init left in it is removed.

    Args:
      root: of the project.
    """
    folder = root / FOLDER / _STAGING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def is_unfinished(root: Path) -> bool:
    """Returns whether an init was killed while it renamed: some files are of before, and some new."""
    return (root / FOLDER / _JOURNAL).is_file()


def finish(root: Path) -> bool:
    """Finishes what a killed init had begun; returns whether there was anything."""
    journal = root / FOLDER / _JOURNAL
    if not is_unfinished(root):
        return False
    _rename(root, [(old, new) for old, new in json.loads(journal.read_text(encoding="utf-8"))])
    journal.unlink()
    return True


def publish(root: Path, renames: Sequence[tuple[Path, Path]]) -> None:
    """Renames files and folders, all or (before the journal is there) none.

    Args:
      root: of the project; all paths are below it.
      renames: from and to, in this order; a folder that is in the way has to be moved away before.
    """
    relative = [(str(old.relative_to(root)), str(new.relative_to(root))) for old, new in renames]
    journal = root / FOLDER / _JOURNAL
    half = journal.with_suffix(".new")
    with half.open("w", encoding="utf-8") as file:
        json.dump(relative, file)
        file.flush()
        os.fsync(file.fileno())
    half.replace(journal)
    finish(root)


def _rename(root: Path, renames: Sequence[tuple[str, str]]) -> None:
    for old, new in renames:
        if (root / old).exists():  # else it was renamed before the kill
            (root / new).parent.mkdir(parents=True, exist_ok=True)
            os.replace(root / old, root / new)
