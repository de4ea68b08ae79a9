"""Events come back from their text as they were, and a text that is none is refused in a sentence."""

import json
from typing import Any

import pytest

from pipeline.errors import STOPPED
from pipeline.lineage.events import Registration, State
from pipeline.lineage.events_json import UnreadableEventsError, as_json, from_json
from tests.pipeline.lineage.told_models import move, note, rolled, version

EVENTS = (
    Registration("r", version(1, files="{}")),
    move(State.LIVE, "1.0.1", 1),
    move(State.LIVE, "1.0.1", 2, allow_quarantined=True),
    note("1.0.1", "für den Sommer ✓", 3),
    rolled(State.CANARY, "1.0.1", 4, stage=1, paused=True, evidence="{}"),
)


def test_events_come_back_as_they_were():
    assert from_json(as_json(EVENTS), "here") == EVENTS
    assert from_json(as_json(EVENTS), "here")[0].version.facts == {"files": "{}"}
    assert from_json(as_json(()), "here") == ()


def _values() -> dict[str, Any]:
    return json.loads(as_json(EVENTS))


def _changed(number: int, **changed: Any):
    return lambda values: values["events"][number].update(changed)


BROKEN = {
    "its format is 2, and this version of the template knows 1": lambda values: values.update(format=2),
    "the whole has no format": lambda values: values.pop("format"),
    "the whole has 'more', which is not known": lambda values: values.update(more=1),
    "events of the whole is {}, not list": lambda values: values.update(events={}),
    "an event is 3, not an object": lambda values: values["events"].append(3),
    "an event has no kind": lambda values: values["events"][1].pop("kind"),
    "an event is of kind 'step'; known: move, note, registration": _changed(1, kind="step"),
    "an event has 'extra', which is not known": _changed(1, extra=1),
    "'gone' is not a valid State": _changed(1, to="gone"),
    "share of an event is '1', not float": _changed(1, share="1"),
    "share of an event is True, not int": _changed(1, share=True),
    "at of an event is '2026-11-27T00:00:00', without a time zone": _changed(1, at="2026-11-27T00:00:00"),
    "Invalid isoformat string: 'today'": _changed(1, at="today"),
    "date value out of range": _changed(1, at="9999-12-31T23:59:59-14:00"),
    "int too large to convert to float": _changed(1, share=10**400),
    "allow_quarantined of an event is 1, not bool": _changed(1, allow_quarantined=1),
    "reason of an event is None, not str": _changed(1, reason=None),
    "the rollout of an event has no stage": lambda v: v["events"][4]["rollout"].pop("stage"),
    "the rollout of an event has 'extra', which is not known": lambda v: v["events"][4]["rollout"].update(
        extra=1
    ),
    "rollout of an event is 'r1', not dict": _changed(4, rollout="r1"),
    "text of an event is 7, not str": _changed(3, text=7),
    "version of an event is '1.0.1', not dict": _changed(0, version="1.0.1"),
    "a version has no run_id": lambda values: values["events"][0]["version"].pop("run_id"),
    "a version has 'extra', which is not known": lambda v: v["events"][0]["version"].update(extra=1),
    "fact files of a version is 1, not text": lambda v: v["events"][0]["version"].update(facts={"files": 1}),
}


@pytest.mark.parametrize("said", BROKEN)
def test_a_text_that_is_no_events_is_refused_in_one_sentence(said: str):
    values = _values()
    BROKEN[said](values)
    with pytest.raises(UnreadableEventsError) as refused:
        from_json(json.dumps(values), "the store")
    assert str(refused.value) == (
        f"the states of models in the store cannot be read: {said}; restore it from a copy"
    )
    assert refused.value.exit_code == STOPPED


@pytest.mark.parametrize("text", ["", "{", "null", "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str):
    with pytest.raises(UnreadableEventsError, match="the states of models in here cannot be read: "):
        from_json(text, "here")
