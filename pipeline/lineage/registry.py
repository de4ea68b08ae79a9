"""Where the states of models are recorded: one interface, and an adapter for each kind of store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pipeline.lineage.events import Event
from pipeline.lineage.models import Models


class Readable(Protocol):
    """What tells the registered models of a deployment."""

    def read(self) -> Models:
        """Returns the models as they are now.

        Raises:
          UserError: the store cannot be read.
        """
        ...


def after(models: Models, events: Iterable[Event]) -> tuple[Models, list[Event]]:
    """Returns models after events, and those of the events that were new to them.

    Raises:
      RefusedMoveError, UserError: as `Models.with_event`, of the first event that cannot be.
    """
    new: list[Event] = []
    for event in events:
        told = models.with_event(event)
        if told is not models:
            models = told
            new.append(event)
    return models, new


class Registry(Readable, Protocol):
    """The registered models of a deployment, what was decided of them, and a way to decide more.

    tests/pipeline/lineage/test_registry_contract.py tells every adapter the same story.
    """

    def append(self, *events: Event) -> Models:
        """Records events, all or none, after everything that is recorded by then.

        An event whose id is recorded already changes nothing, so whoever does not know whether it succeeded
        repeats it. Where another writer was faster, the events are checked again after its.

        Args:
          *events: in their order.

        Returns:
          The models after them.

        Raises:
          RefusedMoveError: there is no way to a state; nothing was recorded.
          UserError: there is no such version, or the store cannot be written.
        """
        ...
