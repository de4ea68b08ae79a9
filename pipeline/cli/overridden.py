"""What people read of overrides: which let a check fail, which had nothing to do, and how to write one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.gates.override import Override, from_json
from pipeline.config.flow import flow
from pipeline.launch.overrides import described

OVERRIDABLE = ("data", "model", "infra")
_MOST = 5  # lines to copy for a closed gate
Verdict = Mapping[str, Any]


def let_through(verdicts: Sequence[Verdict]) -> list[dict[str, str]]:
    """Returns each check that failed and that a person lets fail, as JSON values."""
    return [
        {
            "gate": verdict["gate"],
            "check": check["name"],
            "subject": check["subject"],
            "why": check["overridden"],
        }
        for verdict in verdicts
        for check in verdict["checks"]
        if check.get("overridden")
    ]


def unused(recorded: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yields a line for each override that a run took along and that no check of its gates needed.

    Args:
      recorded: with the launch: JSON of components/gates/override.py.
      verdicts: of the gates that the run reached.
    """
    reached = {verdict["gate"] for verdict in verdicts}
    for override in from_json(recorded):
        if override.gate in reached and not any(_used(override, each) for each in let_through(verdicts)):
            yield f"override  {described(override)} did not fail, so nothing was overridden; remove it"


def _used(override: Override, each: Mapping[str, str]) -> bool:
    return override.covers(each["gate"], each["check"], each["subject"]) and each["why"] == str(override)


def to_copy(verdict: Verdict) -> Iterator[str]:
    """Yields the lines that go under `overrides` to let the checks fail that closed a gate."""
    if verdict["gate"] not in OVERRIDABLE:
        return
    subjects: dict[str, list[str]] = {}
    for check in verdict["checks"]:
        if closes(check):
            subjects.setdefault(check["name"], []).append(check["subject"])
    each_by_itself = sum(map(len, subjects.values())) <= _MOST
    rest = {"reason": "…", "by": "…", "expires": "YYYY-MM-DD"}
    for name, of in subjects.items():
        values = {"gate": verdict["gate"], "check": name}
        if each_by_itself or len(of) == 1:
            yield from (f"- {flow({**values, 'subject': subject, **rest})}" for subject in of)
        else:
            yield f"- {flow({**values, **rest})}  # for all {len(of)} of them"


def closes(check: Mapping[str, Any]) -> bool:
    """Returns whether a check closed its gate; those of earlier versions have neither of the later fields."""
    return not check["passed"] and check.get("action", "stop") == "stop" and not check.get("overridden")


def recorded_overrides(recorded: str) -> list[dict[str, str]]:
    """Returns the overrides that a run took along, as JSON values."""
    values: list[dict[str, str]] = json.loads(recorded or "[]")
    return values
