"""The version of the code that is running, for people who read the record of a run later."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHANGES = "+changes"
_COMMIT = re.compile(r"[0-9a-f]{7,64}", re.ASCII)


def version() -> str:
    """Returns the commit, with `+changes` if the checkout is not clean.

    Without git it is the version of the installed package.
    """
    try:
        commit = _git("rev-parse", "HEAD")
        return f"{commit}{CHANGES}" if _git("status", "--porcelain") else commit
    except (OSError, subprocess.CalledProcessError):
        return f"evergreen {importlib.metadata.version('evergreen')}"


def head() -> str | None:
    """Returns the commit that is checked out; None where git knows of none."""
    return _commit("HEAD")


def commit_of(revision: str) -> str | None:
    """Returns the commit of a tag, or of a commit's own name of 7 digits or more; None where it is neither.

    A branch is neither: it moves.
    """
    tagged = _commit(f"refs/tags/{revision}^{{commit}}")
    if tagged is None and _COMMIT.fullmatch(revision):
        return _commit(f"{revision}^{{commit}}")
    return tagged


def _commit(name: str) -> str | None:
    try:
        return _git("rev-parse", "--verify", "--quiet", name)
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
