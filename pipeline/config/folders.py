"""Whether the folders of a configuration can work; looked at when it is loaded, and nothing is made."""

from __future__ import annotations

import dataclasses
import os
import re
from importlib import resources
from pathlib import Path

from components.shown import shown
from components.spans import bigquery_partition as partition

_ADDRESS = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*://")
_OWN = ("components", "infra", "monitoring", "pipeline", "sample", "serving", "tests", "trainer")
_WRITTEN_BY_RUNS = ("artifacts", "logs", "models", "schemas")


@dataclasses.dataclass(frozen=True)
class Problem:
    """Why a folder cannot work.

    Attributes:
      key: of the configuration.
      value: what it says.
      reason: completes "`value` …".
    """

    key: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"{self.key}: {shown(self.value)} {self.reason}"


def problem(root: str, source: str) -> Problem | None:
    """Returns why a deployment's folder, or its data's, cannot work; None where both can."""
    reason = _wrong_text(root) or _wrong_place(root) or _wrong_beside(root, source)
    if reason:
        return Problem("root", root, reason)
    reason = None if source.startswith(partition.SCHEME) else _wrong_characters(source)
    return Problem("data.source", source, reason) if reason else None


def _wrong_text(root: str) -> str | None:
    if not root.strip():
        return "is empty; set root to a folder"
    if _ADDRESS.match(root):
        return "is an address, and a run on this machine writes to a folder; set root to one"
    return _wrong_characters(root)


def _wrong_characters(path: str) -> str | None:
    if any(ord(character) < 32 for character in path):
        return "has a control character in it; remove it"
    if path.startswith("~"):
        return "is the home folder of nobody; write the path out"
    return None


def _wrong_place(root: str) -> str | None:
    """Returns what is wrong with where the folder is, or would be made."""
    place = os.path.realpath(root)
    if os.path.islink(place):
        return "is a link that leads to itself; set root to a folder"
    if place == os.path.abspath(os.sep):
        return "is the whole file system; set root to a folder of its own"
    if _is_own_code(Path(place)):
        return "is in a folder of this project's code; set root to a folder of its own"
    try:
        return _no_folder(Path(place))
    except OSError as error:
        return f"cannot be a folder: {error.strerror}; set root to another one"


def _is_own_code(place: Path) -> bool:
    project = Path(str(resources.files("pipeline"))).resolve().parent
    return any(place.is_relative_to(project / name) for name in _OWN)


def _no_folder(place: Path) -> str | None:
    """Returns why there can be no folder, by the nearest thing that is there already.

    Whether it can be written is asked when a run starts: other commands only read.
    """
    nearest = next(each for each in (place, *place.parents) if each.exists())
    what = "is" if nearest == place else f"cannot be made: {nearest} is"
    if not nearest.is_dir():
        return f"{what} a file; set root to a folder"
    return None


def _wrong_beside(root: str, source: str) -> str | None:
    """Returns why a root and a folder of data get in each other's way."""
    if _ADDRESS.match(source) or "\0" in source:
        return None
    place, data = Path(os.path.realpath(root)), Path(os.path.realpath(source))
    if place.is_relative_to(data):
        return f"is data.source ({source}) or inside it; set root to a folder beside it"
    if any(data.is_relative_to(place / name) for name in _WRITTEN_BY_RUNS):
        return f"holds data.source ({source}) among what runs write; move the data"
    return None
