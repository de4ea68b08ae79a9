"""What a controller needs of the place that serves: evidence from it, and traffic that follows decisions.

local_door.py is the one for model servers that read a folder of this machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pipeline.lineage.events import Event, ModelVersion
from pipeline.lineage.models import Models
from pipeline.lineage.rollouts import Rollout
from serving.rollout.evidence import Evidence, Labelled


class Door(Protocol):
    """A place that serves, and the registry that decides what it does."""

    def follow(self) -> Models:
        """Returns the models as they are, after making traffic follow them; repeating it completes it.

        Raises:
          UserError: the registry cannot be read, or what serves not be told.
        """
        ...

    def evidence(self, rollout: Rollout) -> Evidence:
        """Returns what all servers saw of a rollout, summed, and what is kept of labels.

        Raises:
          UserError: it cannot be read.
        """
        ...

    def keep(self, rollout: Rollout, labelled: Iterable[Labelled]) -> None:
        """Keeps what labels said of a rollout, so that no span is judged twice; a span replaces itself.

        Raises:
          UserError: it cannot be kept.
        """
        ...

    def decide(self, events: Iterable[Event], champion: ModelVersion) -> Models:
        """Records events, all or none, makes traffic follow them, and returns the models after them.

        Args:
          events: in their order.
          champion: the version that was live when they were decided.

        Raises:
          RefusedMoveError: another decision came first; nothing was recorded.
          UserError: they cannot be recorded.
        """
        ...


class Labels(Protocol):
    """Where rows with labels come from."""

    def new(self, rollout: Rollout, known: tuple[Labelled, ...]) -> tuple[Labelled, ...]:
        """Returns what labels that came since say of both versions, by span.

        Args:
          rollout: under way.
          known: what is kept already.

        Raises:
          UserError: the rows cannot be read, or a version not be asked.
        """
        ...
