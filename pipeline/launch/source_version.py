"""The version of the code that is running, for people who read the record of a run later."""

from __future__ import annotations

import importlib.metadata
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHANGES = "+changes"


def version() -> str:
    """Returns the commit, with `+changes` if the checkout is not clean.

    Without git it is the version of the installed package.
    """
    try:
        commit = _git("rev-parse", "HEAD")
        return f"{commit}{CHANGES}" if _git("status", "--porcelain") else commit
    except (OSError, subprocess.CalledProcessError):
        return f"evergreen {importlib.metadata.version('evergreen')}"


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
