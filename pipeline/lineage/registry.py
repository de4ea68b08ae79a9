"""Where the states of models are recorded: one interface, and an adapter for each kind of store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Protocol

from pipeline.lineage.alias_rule import check_meant
from pipeline.lineage.events import Event, ModelVersion
from pipeline.lineage.models import Models
from pipeline.lineage.overtaken import check_not_overtaken


class Readable(Protocol):
    """What tells the registered models of a deployment."""

    def read(self) -> Models:
        """Returns the models as they are now.

        Raises:
          UserError: the store cannot be read.
        """
        ...


NOTHING: Mapping[str, ModelVersion] = MappingProxyType({})


def after(
    models: Models, events: Iterable[Event], meant: Mapping[str, ModelVersion] = NOTHING
) -> tuple[Models, list[Event]]:
    """Returns models after events, and those of the events that were new to them.

    Raises:
      RefusedMoveError, UserError: as `Models.with_event` and `check_not_overtaken`, of the first event that
        cannot be; or an alias means another version than was meant, and one of the events is new.
    """
    told, new = models, list[Event]()
    for event in events:
        check_not_overtaken(event, told)
        then = told.with_event(event)
        if then is not told:
            told = then
            new.append(event)
    if new:
        check_meant(meant, models)
    return told, new


class Registry(Readable, Protocol):
    """The registered models of a deployment, what was decided of them, and a way to decide more.

    tests/pipeline/lineage/test_registry_contract.py tells every adapter the same story.
    """

    def append(self, *events: Event, meant: Mapping[str, ModelVersion] = NOTHING) -> Models:
        """Records events, all or none, after everything that is recorded by then.

        An event whose id is recorded already changes nothing, so whoever does not know whether it succeeded
        repeats it. Where another writer was faster, the events are checked again after its.

        Args:
          *events: in their order.
          meant: versions by alias, as they were when this was decided. Where one of them has become another
            version's, nothing is recorded.

        Returns:
          The models after them.

        Raises:
          RefusedMoveError: there is no way to a state, an alias means another version, or a rollout is not
            as it was when this was decided; nothing was recorded.
          UserError: there is no such version, or the store cannot be written.
        """
        ...
