"""What is recorded of registered models: versions, decisions on their states, remarks."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from collections.abc import Mapping


class State(enum.Enum):
    """What a registered version is now; `StateMachine` draws the ways between them."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    CANARY = "canary"
    LIVE = "live"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"
    QUARANTINED = "quarantined"


@dataclasses.dataclass(frozen=True)
class ModelVersion:
    """A model that was registered: it passed its gates, lies where a server can load it, and is on record.

    Attributes:
      version: MAJOR.MINOR.PIPELINE.
      number: PIPELINE, which is also the name of its folder; given once in a deployment.
      model_name: what the model is called.
      run_id: the run that registered it first; later ones may have taken it from the cache.
      registered: when, in UTC.
      facts: the properties of its release's record, as texts; equal versions may differ in them.
    """

    version: str
    number: int
    model_name: str
    run_id: str
    registered: dt.datetime
    facts: Mapping[str, str] = dataclasses.field(compare=False)

    @property
    def address(self) -> str:
        """Name and version: unique, but where an earlier version of this template gave a number twice."""
        return f"{self.model_name}/{self.version}"


@dataclasses.dataclass(frozen=True)
class RolloutStep:
    """What a decision means for the rollout it belongs to.

    Attributes:
      rollout: id of the rollout.
      stage: index of the stage that the version is in from now on, or was in when the rollout ended.
      paused: whether the stage is not left until somebody says so.
      plan: of the rollout, as JSON of serving/rollout/plan.py; in the decision that starts it, else empty.
      evidence: that the decision was made on, as JSON; empty for a person's.
      after: id of the decision on this rollout that was the last one when this was decided; empty if unknown.
    """

    rollout: str
    stage: int
    paused: bool = False
    plan: str = ""
    evidence: str = ""
    after: str = ""


@dataclasses.dataclass(frozen=True)
class Move:
    """A decision that a version shall have a state.

    Attributes:
      id: by which a repetition is known.
      version: MAJOR.MINOR.PIPELINE; NAME/VERSION or the run's id where two models have that version.
      to: the state.
      share: of the requests that name no version; means something for `live`, where it has to be 1.0, for
        `canary` (between 0 and 1) and for `shadow` (0.0).
      reason: why, one line.
      who: decided so.
      at: when, with time zone.
      allow_quarantined: a person's explicit word that a quarantined version may go live.
      rollout: what it means for the rollout that it belongs to; None outside of one.
    """

    id: str
    version: str
    to: State
    share: float
    reason: str
    who: str
    at: dt.datetime
    allow_quarantined: bool = False
    rollout: RolloutStep | None = None


@dataclasses.dataclass(frozen=True)
class Note:
    """A remark on a version, which changes nothing."""

    id: str
    version: str
    text: str
    who: str
    at: dt.datetime


@dataclasses.dataclass(frozen=True)
class Registration:
    """A version that becomes known; only for stores that have no records of releases of their own."""

    id: str
    version: ModelVersion


Event = Move | Note | Registration


def decided(version: str, to: State, *, reason: str, who: str, allow_quarantined: bool = False) -> Move:
    """Returns a decision of this moment, with an id of its own.

    Args:
      version: as `Models.name_of` names it.
      to: the state.
      reason: why.
      who: decides so.
      allow_quarantined: whether a quarantined version may go live by it.
    """
    return Move(uuid.uuid4().hex, version, to, 1.0, reason, who, _now(), allow_quarantined)


def noted(version: str, text: str, *, who: str) -> Note:
    """Returns a remark of this moment, with an id of its own."""
    return Note(uuid.uuid4().hex, version, text, who, _now())


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
