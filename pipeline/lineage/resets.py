"""Writes on a release's record that candidates are not compared with its model."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from pipeline.errors import UserError
from pipeline.launch.champion import RESET, Reset
from pipeline.lineage.models import Models, record_of
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


def write(store: WritableStore, models: Models, reset: Reset, root: str) -> str:
    """Resets the champion; call it only while holding the workspace's lock.

    Args:
      store: of the runs.
      models: of this store.
      reset: who, when and why.
      root: where it is, for messages.

    Returns:
      The champion's version.

    Raises:
      UserError: there is no champion, or it was reset before.
    """
    live = models.live
    if live is None:
        raise UserError(nothing_in(root))
    before = Reset.from_release(live.facts, live.run_id)
    if before:
        raise UserError(
            f"champion {live.version} is reset already: {before}; candidates are not compared with it "
            "until one is "
            "released"
        )
    store.write_property(record_of(store.runs(), live).id, RESET, reset.as_json())
    return live.version
