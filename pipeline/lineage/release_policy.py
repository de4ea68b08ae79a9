"""The rule of what becomes of a candidate that was registered. Decided on plain values."""

from __future__ import annotations

from pipeline.lineage.events import ModelVersion, Move, State, decided
from pipeline.lineage.models import Models

IMMEDIATE, MANUAL = "immediate", "manual"


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

    Args:
      policy: `release.policy` of the configuration.
      models: as they are.
    """
    candidate = waiting(models)
    if policy != IMMEDIATE or candidate is None:
        return None
    return decided(
        models.name_of(candidate), State.LIVE, reason="it passed every gate", who="release.policy immediate"
    )


def _was_live(models: Models, version: ModelVersion) -> bool:
    return any(step.to is State.LIVE for step in models.history(version))
