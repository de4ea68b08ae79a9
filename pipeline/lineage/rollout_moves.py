"""Decisions on a rollout, whoever makes them: their states, shares and ids follow from its plan.

The id of a decision that a rule makes follows from the rollout, the stage and what is decided: whoever was
killed and decides again, or decides beside another, changes nothing twice.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid

from pipeline.errors import ConfigError
from pipeline.lineage.beside_rule import unlike, with_record
from pipeline.lineage.events import ModelVersion, Move, RolloutStep, State
from pipeline.lineage.models import Models
from pipeline.lineage.overtaken import under_way
from pipeline.lineage.rollouts import Rollout, running
from pipeline.lineage.state_machine import ROLLING, RefusedMoveError
from serving.json_fields import FieldError
from serving.rollout import plan as rollout_plan
from serving.rollout.plan import RolloutPlan

CONTROLLER, SERVER = "evergreen rollout", "model server"  # who decides by rule


def start(models: Models, version: ModelVersion, plan: RolloutPlan, *, reason: str, who: str) -> Move:
    """Returns the decision that a rollout begins.

    Args:
      models: that the version is one of.
      version: to be rolled out beside the live one.
      plan: with an id that no rollout had; what the version's record says of its answers is added.
      reason: why.
      who: decides so.

    Raises:
      RefusedMoveError: it is under way, quarantined, or cannot answer the same requests as the live version.
      ConfigError: its plan could not be read again.
    """
    if models.state(version) in ROLLING and (now := running(models)):
        raise RefusedMoveError(under_way(now))
    if models.state(version) is State.QUARANTINED:
        last = models.history(version)[-1]
        raise RefusedMoveError(
            f"{version.version} is quarantined since {last.at:%Y-%m-%d %H:%M} UTC by {last.who}: "
            f"{last.reason}; it is not rolled out again: register a new version (`evergreen run`), or let "
            "this one answer all requests by `evergreen models restore --allow-quarantined`"
        )
    if models.live:
        if why := unlike(version, models.live):
            raise RefusedMoveError(why)
        plan = with_record(plan, version, models.live)
    to, share = _place(plan, 0)
    step = RolloutStep(plan.id, 0, plan=_as_text(plan, version))
    return Move(f"{plan.id}-start", models.name_of(version), to, share, reason, who, _now(), rollout=step)


def stage(models: Models, rollout: Rollout, index: int, *, reason: str, who: str, evidence: str = "") -> Move:
    """Returns the decision that a stage begins, for the first time: a repetition has the same id.

    Args:
      models: that the version is one of.
      rollout: under way.
      index: of the stage.
      reason: why.
      who: decides so.
      evidence: that it is decided on, as JSON.
    """
    return _in_stage(models, rollout, index, f"{rollout.id}-{index}-stage", reason, who, evidence=evidence)


def pause(models: Models, rollout: Rollout, paused: bool, *, reason: str, who: str) -> Move:
    """Returns a person's decision that a rollout stays in its stage, or goes on.

    Args:
      models: that the version is one of.
      rollout: under way.
      paused: whether it stays.
      reason: why.
      who: decides so.
    """
    return _in_stage(models, rollout, rollout.stage, uuid.uuid4().hex, reason, who, paused=paused)


def end(models: Models, rollout: Rollout, to: State, *, reason: str, who: str, evidence: str = "") -> Move:
    """Returns the decision that a rollout ends; a second one changes nothing.

    Args:
      models: that the version is one of.
      rollout: under way.
      to: live, quarantined, withdrawn or candidate.
      reason: why.
      who: decides so.
      evidence: that it is decided on, as JSON.
    """
    step = RolloutStep(rollout.id, rollout.stage, evidence=evidence, after=rollout.steps[-1].move)
    name = models.name_of(rollout.version)
    return Move(f"{rollout.id}-{to.value}", name, to, 1.0, reason, who, _now(), rollout=step)


def _in_stage(
    models: Models,
    rollout: Rollout,
    index: int,
    id_: str,
    reason: str,
    who: str,
    *,
    paused: bool = False,
    evidence: str = "",
) -> Move:
    to, share = _place(rollout.plan, index)
    step = RolloutStep(rollout.id, index, paused, evidence=evidence, after=rollout.steps[-1].move)
    return Move(id_, models.name_of(rollout.version), to, share, reason, who, _now(), rollout=step)


def _as_text(plan: RolloutPlan, version: ModelVersion) -> str:
    text = json.dumps(rollout_plan.as_values(plan))
    try:
        rollout_plan.from_values(json.loads(text))
    except FieldError as error:
        raise ConfigError(f"the rollout of {version.version} cannot begin: {error}") from error
    return text


def _place(plan: RolloutPlan, index: int) -> tuple[State, float]:
    share = plan.stages[index].share
    return (State.CANARY if share else State.SHADOW), share


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
