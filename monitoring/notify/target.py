"""Target: a notifier as it is configured, a value that goes through a job's JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from monitoring.notify.message import Severity


@dataclasses.dataclass(frozen=True)
class Target:
    """A notifier as it is configured.

    Attributes:
      kind: `log`, `webhook`, `email`, or the dotted name of a class.
      events: kinds of message that it is for; empty for all.
      min_severity: the lowest that it is for.
      settings: what its class takes; secrets are references.
    """

    kind: str
    events: tuple[str, ...]
    min_severity: Severity
    settings: Mapping[str, Any]

    def __str__(self) -> str:
        shape = self.settings.get("shape")
        return f"{self.kind} ({shape})" if shape else self.kind


def targets_as_json(targets: Sequence[Target]) -> str:
    """Returns notifiers as JSON, for a step of a job; their secrets are references in it."""
    return json.dumps([dataclasses.asdict(target) for target in targets], sort_keys=True)


def targets_from_json(text: str) -> tuple[Target, ...]:
    """Returns the notifiers that `targets_as_json` wrote."""
    return tuple(Target(**{**each, "events": tuple(each["events"])}) for each in json.loads(text))
