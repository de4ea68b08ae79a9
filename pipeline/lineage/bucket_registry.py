"""The states of models in one object of a bucket: for runners whose store takes no record after a run."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pipeline.errors import UserError
from pipeline.lineage.events import Event, ModelVersion, Registration
from pipeline.lineage.events_json import as_json, from_json
from pipeline.lineage.models import Models, in_order
from pipeline.lineage.registry import NOTHING, after

_ATTEMPTS = 30
_LONGEST_PAUSE_S = 1.0


class StoredObject(Protocol):
    """An object of a bucket that is replaced only by who knows its newest content."""

    @property
    def uri(self) -> str:
        """Its address."""
        ...

    def read(self) -> tuple[bytes, int]:
        """Returns content and generation, a number that every write changes; nothing and 0 where none is."""
        ...

    def replace(self, content: bytes, generation: int) -> bool:
        """Writes new content if the generation is still this one, and returns whether it was."""
        ...


class BucketRegistry:
    """Versions and what was decided of them, as one list of events; a version becomes known by an event."""

    def __init__(self, stored: StoredObject, begins: Callable[[], Sequence[Event]] = tuple) -> None:
        """Makes a registry; asks for nothing.

        Args:
          stored: the object.
          begins: returns the events that it begins with, the same whenever it is asked.
        """
        self._stored = stored
        self._begins = begins

    def read(self) -> Models:
        """As `Registry.read`."""
        return told(self._events()[0])

    def append(self, *events: Event, meant: Mapping[str, ModelVersion] = NOTHING) -> Models:
        """As `Registry.append`; a write that was answered by nobody is found by its ids when it is repeated.

        Raises:
          UserError: others were faster thirty times in a row.
        """
        for attempt in range(_ATTEMPTS):
            recorded, generation = self._events()
            models, new = after(told(recorded), events, meant)
            if not new or self._stored.replace(as_json((*recorded, *new)).encode(), generation):
                return models
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE_S, 0.02 * 2**attempt)))
        raise UserError(f"{self._stored.uri} was changed by others {_ATTEMPTS} times in a row; start again")

    def _events(self) -> tuple[tuple[Event, ...], int]:
        content, generation = self._stored.read()
        if not generation:
            return tuple(self._begins()), 0
        return from_json(content.decode(errors="replace"), self._stored.uri), generation


def told(events: tuple[Event, ...]) -> Models:
    """Returns the models that the events of a record tell of."""
    versions = in_order(event.version for event in events if isinstance(event, Registration))
    return Models(versions, tuple(event for event in events if not isinstance(event, Registration)))
