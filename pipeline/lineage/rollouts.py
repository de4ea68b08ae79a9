"""The rollouts of a deployment, as the decisions on its models tell them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

from pipeline.lineage.events import ModelVersion, RolloutStep, State
from pipeline.lineage.models import Models
from pipeline.lineage.state_machine import ROLLING, Step
from serving.rollout import plan as rollout_plan
from serving.rollout.plan import RolloutPlan, Stage


@dataclasses.dataclass(frozen=True)
class Rollout:
    """One version's way from its first stage to its end.

    Attributes:
      version: that is, or was, rolled out.
      champion: the version that was live when it began.
      plan: of it.
      steps: the changes while it ran, oldest first.
      end: the change that ended it; None while it runs.
      fault: why its plan cannot be read, and what to do; `plan` then holds no more than the steps say.
        Empty otherwise.
    """

    version: ModelVersion
    champion: ModelVersion
    plan: RolloutPlan
    steps: tuple[Step, ...]
    end: Step | None = None
    fault: str = ""

    @property
    def id(self) -> str:
        """Its id."""
        return self.plan.id

    @property
    def stage(self) -> int:
        """Index of the stage that it is in, or was in last."""
        return _step(self.steps[-1]).stage

    @property
    def paused(self) -> bool:
        """Whether it is paused, or was when it ended."""
        return _step(self.steps[-1]).paused

    @property
    def started(self) -> dt.datetime:
        """When it began."""
        return self.steps[0].at

    @property
    def stage_since(self) -> dt.datetime:
        """When its stage began."""
        return next(step.at for step in self.steps if _step(step).stage == self.stage)

    @property
    def outcome(self) -> str:
        """What became of it, in a word or two."""
        if self.end is None:
            return "paused" if self.paused else "running"
        return _OUTCOMES[self.end.to]


_OUTCOMES = {
    State.LIVE: "promoted",
    State.QUARANTINED: "turned back",
    State.WITHDRAWN: "withdrawn",
    State.CANDIDATE: "ended",
}


def rollouts_of(models: Models) -> tuple[Rollout, ...]:
    """Returns the rollouts of models, oldest first; one whose plan cannot be read has a `fault`."""
    found: list[Rollout] = []
    live: ModelVersion | None = None
    for step in models.steps:
        if step.to in ROLLING and step.before not in ROLLING:
            assert live is not None, "the state machine refuses it"
            found.append(_begun(step, live))
        elif step.to in ROLLING:
            plan = _told_by(step) if found[-1].fault else found[-1].plan
            found[-1] = dataclasses.replace(found[-1], plan=plan, steps=(*found[-1].steps, step))
        elif step.before in ROLLING:
            found[-1] = dataclasses.replace(found[-1], end=step)
        live = _live_after(step, live)
    return tuple(found)


def running(models: Models) -> Rollout | None:
    """Returns the rollout that is under way, also one that is paused; None where none is."""
    last = rollouts_of(models)[-1:]
    return next((each for each in last if each.end is None), None)


def _live_after(step: Step, before: ModelVersion | None) -> ModelVersion | None:
    if step.to is State.LIVE:
        return step.version
    return None if step.version == before else before


def _step(step: Step) -> RolloutStep:
    assert step.rollout is not None, "the state machine refuses it"
    return step.rollout


def _begun(step: Step, live: ModelVersion) -> Rollout:
    try:
        plan = rollout_plan.from_values(json.loads(_step(step).plan))
        return Rollout(step.version, live, plan, (step,))
    except (ValueError, RecursionError) as error:  # FieldError too
        fault = (
            f"the plan of the rollout of {step.version.address} cannot be read: {error}; end it by "
            "`evergreen rollout cancel --reason TEXT`, or by `rollback`"
        )
        return Rollout(step.version, live, _told_by(step), (step,), fault=fault)


def _told_by(step: Step) -> RolloutPlan:
    """Returns what a step says of a plan: the share of its stage."""
    told = _step(step)
    return RolloutPlan(told.rollout, rollout_plan.CANARY, (Stage(step.share, 0),) * (told.stage + 1))
