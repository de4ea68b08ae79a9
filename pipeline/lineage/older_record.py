"""Whether the record of runs is older than the files beside it: restored from a backup, say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import UserError
from pipeline.runners.workspace import Workspace

_PATTERNS = ("*/*/*", "*/.system/*/*")  # TFX's folders of an execution are named by its number


def check_not_older(highest: int, workspace: Workspace) -> None:
    """Sees that no folder is of an execution that the record does not know.

    The next execution would be given the number of that folder, and fail in the middle of a run, or mix its
    files with the other's.

    Args:
      highest: number of the newest execution on record.
      workspace: whose record it is.

    Raises:
      UserError: there is such a folder; what to do.
    """
    newest = max(_folders(workspace.artifacts), default=None, key=lambda folder: int(folder.name))
    if newest is not None and int(newest.name) > highest:
        raise UserError(
            f"{workspace.metadata} is older than the files beside it: its newest execution is {highest}, and "
            f"{newest.relative_to(workspace.root)} is of a later one; put the newest copy of the file back, "
            f"or move the folders artifacts/{' and artifacts/'.join(_PATTERNS)} with a number over {highest} "
            "out of the root, or set root to another folder"
        )


def _folders(artifacts: Path) -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from (each for each in artifacts.glob(pattern) if _is_number(each.name))


def _is_number(name: str) -> bool:
    """Returns whether a name is an execution's number, and not, say, the hash of a span."""
    return name.isascii() and name.isdecimal() and len(name) < 19
