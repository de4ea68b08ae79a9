"""The rule of what becomes of a candidate that was registered. Decided on plain values."""

from __future__ import annotations

from pipeline.lineage.events import ModelVersion, Move, State, decided
from pipeline.lineage.models import RELEASED, Models

IMMEDIATE = "immediate"
POLICY = "release.policy immediate"
NOT_PERSONS = (POLICY, RELEASED)


def waiting(models: Models) -> ModelVersion | None:
    """Returns the newest candidate, if it was registered after every version that ever was live.

    Older ones have been overtaken: they serve only if a person says so. Numbers tell the order, since a clock
    may have been turned back: a candidate's is higher than all that were given before.
    """
    for version in reversed(models.versions):
        if models.state(version) is State.CANDIDATE:
            return version
        if _was_live(models, version):
            return None
    return None


def move_by(policy: str, models: Models) -> Move | None:
    """Returns the decision that a policy makes now; None where it leaves things as they are.

    So it does where a person decided something after the candidate was registered: a run that died then left
    its candidate undecided, and the next one does not overrule who went back or restored a version meanwhile.

    Args:
      policy: `release.policy` of the configuration.
      models: as they are.
    """
    candidate = waiting(models)
    if policy != IMMEDIATE or candidate is None or _decided_since(candidate, models):
        return None
    return decided(models.name_of(candidate), State.LIVE, reason="it passed every gate", who=POLICY)


def _was_live(models: Models, version: ModelVersion) -> bool:
    return any(step.to is State.LIVE for step in models.history(version))


def _decided_since(candidate: ModelVersion, models: Models) -> bool:
    by_persons = (
        event for event in models.events if isinstance(event, Move) and event.who not in NOT_PERSONS
    )
    return any(event.at > candidate.registered for event in by_persons)
