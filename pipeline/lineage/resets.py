"""Writes on a release's record that candidates are not compared with its model."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from pipeline.errors import UserError
from pipeline.launch.champion import RESET, Reset
from pipeline.lineage.champion import standing_release
from pipeline.lineage.runs import Run


class WritableStore(Protocol):
    """Where runs are recorded, and where a property can be added to an artifact."""

    def runs(self) -> list[Run]:
        """Returns all runs, oldest first."""
        ...

    def write_property(self, artifact: int, name: str, text: str) -> None:
        """Adds a property to an artifact."""
        ...


def now() -> str:
    """Returns the time in UTC, to the second."""
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")


def nothing_in(root: str) -> str:
    """Returns the line for a place without a champion."""
    return f"there is no champion in {root}, so there is nothing to reset; the first release is one"


def write(store: WritableStore, reset: Reset, root: str) -> str:
    """Resets the champion; call it only while holding the workspace's lock.

    Args:
      store: of the runs.
      reset: who, when and why.
      root: where it is, for messages.

    Returns:
      The champion's version.

    Raises:
      UserError: there is no champion, or it was reset before.
    """
    found = standing_release(store.runs())
    if found is None:
        raise UserError(nothing_in(root))
    release, run = found
    version = str(release.properties.get("version"))
    before = Reset.from_release(release.properties, run.id)
    if before:
        raise UserError(
            f"champion {version} is reset already: {before}; candidates are not compared with it "
            "until one is "
            "released"
        )
    store.write_property(release.id, RESET, reset.as_json())
    return version
