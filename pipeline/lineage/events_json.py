"""Events as JSON: how stores keep them, read strictly."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pipeline.errors import UserError
from pipeline.lineage.events import Event, ModelVersion, Move, Note, Registration, RolloutStep, State

FORMAT = 1


class UnreadableEventsError(UserError):
    """A text that is no events, or those of another version of this template. Exit code 1."""


def as_json(events: Iterable[Event]) -> str:
    """Returns events as text, in their order."""
    return json.dumps({"format": FORMAT, "events": [_values(each) for each in events]}, indent=1)


def from_json(text: str, where: str) -> tuple[Event, ...]:
    """Returns the events of a text, in their order.

    Args:
      text: what `as_json` returned.
      where: it was found, for the message.

    Raises:
      UnreadableEventsError: it is none; one sentence.
    """
    try:
        values = _Fields(json.loads(text), "the whole")
        known = values.take("format", int)
        if known != FORMAT:
            raise ValueError(f"its format is {known}, and this version of the template knows {FORMAT}")
        events = tuple(_event(_Fields(each, "an event")) for each in values.take("events", list))
        values.end()
        return events
    except (ValueError, OverflowError, RecursionError) as error:
        raise UnreadableEventsError(
            f"the states of models in {where} cannot be read: {error}; restore it from a copy"
        ) from error


def _values(event: Event) -> dict[str, Any]:
    if isinstance(event, Registration):
        return {"kind": "registration", "id": event.id, "version": _version_values(event.version)}
    if isinstance(event, Note):
        return {"kind": "note", **vars(event), "at": event.at.isoformat()}
    values = {"kind": "move", **vars(event), "to": event.to.value, "at": event.at.isoformat()}
    step = values.pop("rollout")
    return values if step is None else {**values, "rollout": vars(step)}


def _version_values(version: ModelVersion) -> dict[str, Any]:
    return {**vars(version), "registered": version.registered.isoformat(), "facts": dict(version.facts)}


class _Fields:
    """The fields of a JSON object, each of which has to be taken."""

    def __init__(self, values: object, what: str):
        if not isinstance(values, Mapping):
            raise ValueError(f"{what} is {values!r:.60}, not an object")
        self._values = dict(values)
        self._what = what

    def has(self, name: str) -> bool:
        """Returns whether there is such a field, for one that may be left out."""
        return name in self._values

    def take(self, name: str, kind: type) -> Any:
        """Returns a field of a type."""
        if name not in self._values:
            raise ValueError(f"{self._what} has no {name}")
        value = self._values.pop(name)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"{name} of {self._what} is {value!r:.60}, not {kind.__name__}")
        return value

    def number(self, name: str) -> float:
        """Returns a field that is a number, whole or not."""
        value = self._values.get(name)
        return float(self.take(name, int if isinstance(value, int) else float))

    def time(self, name: str) -> dt.datetime:
        """Returns a field that is a time, in UTC."""
        text = self.take(name, str)
        at = dt.datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError(f"{name} of {self._what} is {text!r:.60}, without a time zone")
        return at.astimezone(dt.timezone.utc)

    def end(self) -> None:
        """Refuses fields that were not taken."""
        if self._values:
            raise ValueError(f"{self._what} has {next(iter(self._values))!r:.60}, which is not known")


def _event(fields: _Fields) -> Event:
    kind = fields.take("kind", str)
    if kind not in _KINDS:
        raise ValueError(f"an event is of kind {kind!r:.60}; known: {', '.join(_KINDS)}")
    event = _KINDS[kind](fields)
    fields.end()
    return event


def _move(fields: _Fields) -> Move:
    return Move(
        id=fields.take("id", str),
        version=fields.take("version", str),
        to=State(fields.take("to", str)),
        share=fields.number("share"),
        reason=fields.take("reason", str),
        who=fields.take("who", str),
        at=fields.time("at"),
        allow_quarantined=fields.take("allow_quarantined", bool),
        rollout=_rollout_step(fields) if fields.has("rollout") else None,
    )


def _rollout_step(fields: _Fields) -> RolloutStep:
    step = _Fields(fields.take("rollout", dict), "the rollout of an event")
    read = RolloutStep(
        rollout=step.take("rollout", str),
        stage=step.take("stage", int),
        paused=step.take("paused", bool),
        plan=step.take("plan", str),
        evidence=step.take("evidence", str),
        after=step.take("after", str) if step.has("after") else "",
    )
    step.end()
    return read


def _note(fields: _Fields) -> Note:
    return Note(
        id=fields.take("id", str),
        version=fields.take("version", str),
        text=fields.take("text", str),
        who=fields.take("who", str),
        at=fields.time("at"),
    )


def _registration(fields: _Fields) -> Registration:
    version = _Fields(fields.take("version", dict), "a version")
    facts = version.take("facts", dict)
    for name, fact in facts.items():
        if not isinstance(fact, str):
            raise ValueError(f"fact {name} of a version is {fact!r:.60}, not text")
    registered = ModelVersion(
        version=version.take("version", str),
        number=version.take("number", int),
        model_name=version.take("model_name", str),
        run_id=version.take("run_id", str),
        registered=version.time("registered"),
        facts=facts,
    )
    version.end()
    return Registration(fields.take("id", str), registered)


_KINDS: Mapping[str, Callable[[_Fields], Event]] = {
    "move": _move,
    "note": _note,
    "registration": _registration,
}
