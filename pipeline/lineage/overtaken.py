"""Refuses decisions on a rollout that is not as it was when they were made. Decided on plain values."""

from __future__ import annotations

from pipeline.lineage.events import Event, Move, State
from pipeline.lineage.models import Models
from pipeline.lineage.rollouts import Rollout, running
from pipeline.lineage.state_machine import RefusedMoveError

# What takes a candidate from clients holds in whatever stage the rollout is by then, paused or not.
_ALWAYS = (State.QUARANTINED, State.WITHDRAWN)


class OvertakenError(RefusedMoveError):
    """Another decision on the same rollout came first: read it again, and decide again. Exit code 1."""


def check_not_overtaken(event: Event, models: Models) -> None:
    """Refuses a decision on a rollout that ended, began anew, or was moved or paused since it was read.

    Registries call it of each event, after everything that is recorded by then, as long as nobody else can
    write. A repetition of what is recorded is known by its id, and is not refused.

    Args:
      event: to be recorded.
      models: as they are.

    Raises:
      RefusedMoveError: a rollout begins that is under way.
      OvertakenError: another decision came first; the message names it.
    """
    step = event.rollout if isinstance(event, Move) else None
    if step is None or any(event.id == known.id for known in models.events):
        return
    assert isinstance(event, Move)
    now = running(models)
    if step.plan:
        if now and now.version == models.find(event.version):
            raise RefusedMoveError(under_way(now))
        return
    if now is None or now.id != step.rollout:
        raise OvertakenError(
            f"another decision came first: the rollout of {event.version} ended; "
            "see `evergreen rollout history`"
        )
    last = now.steps[-1]
    if event.to not in _ALWAYS and step.after and step.after != last.move:
        raise OvertakenError(
            f"another decision came first: the rollout of {event.version} is in stage {now.stage + 1}"
            f"{', paused' * now.paused}, since {last.at:%Y-%m-%d %H:%M:%S} UTC by {last.who}: {last.reason}; "
            "see `evergreen rollout status`"
        )


def under_way(rollout: Rollout) -> str:
    """Returns that a rollout is under way already, and what ends it."""
    since = f"{rollout.steps[-1].at:%Y-%m-%d %H:%M} UTC by {rollout.steps[-1].who}"
    return (
        f"the rollout of {rollout.version.version} is under way already, in stage {rollout.stage + 1} of "
        f"{len(rollout.plan.stages)}, since {since}; its stages were settled when it began; "
        "`evergreen rollout cancel --reason TEXT` ends it"
    )
