"""Models for tests: versions by number, moved one step after the other."""

import datetime as dt
import json

from pipeline.lineage.events import ModelVersion, Move, Note, RolloutStep, State
from pipeline.lineage.models import Models
from serving.rollout import plan as rollout_plan
from serving.rollout.plan import RolloutPlan, Stage

START = dt.datetime(2026, 11, 27, tzinfo=dt.timezone.utc)


def at(minute: int) -> dt.datetime:
    return START + dt.timedelta(minutes=minute)


def version(number: int, name: str = "flights", run: str = "", text: str = "", **facts: str) -> ModelVersion:
    made = at(-60 + number)
    return ModelVersion(text or f"1.0.{number}", number, name, run or f"run-{number}", made, facts)


def move(to: State, of: str, minute: int = 0, *, id: str = "", share: float = 1.0, **more: object) -> Move:
    key = id or f"{minute}-{of}-{to.value}"
    return Move(key, of, to, share, f"reason {minute}", "Ada", at(minute), **more)


PLAN = RolloutPlan("r1", "canary", (Stage(0.0, 100), Stage(0.1, 100), Stage(0.5, 200)))


def step(
    stage: int = 0, *, plan: RolloutPlan | None = PLAN, rollout: str = "", **more: object
) -> RolloutStep:
    """What starts the rollout of a plan, or with none goes on with one."""
    text = json.dumps(rollout_plan.as_values(plan)) if plan else ""
    return RolloutStep(rollout or (plan or PLAN).id, stage, plan=text, **more)


def rolled(to: State, of: str, minute: int, stage: int = 0, **more: object) -> Move:
    """A move of a rollout: the first has a plan, others are given `plan=None`."""
    share = PLAN.stages[stage].share if to in (State.SHADOW, State.CANARY) else 1.0
    return move(to, of, minute, share=share, rollout=step(stage, **more))


def note(of: str, text: str, minute: int = 0) -> Note:
    return Note(f"note-{minute}", of, text, "Ada", at(minute))


def told(*moves: tuple[str, State], versions: int = 4) -> Models:
    """Models 1.0.1 to 1.0.<versions> after moves, one a minute."""
    models = Models(tuple(version(number + 1) for number in range(versions)))
    for minute, (of, to) in enumerate(moves):
        models = models.with_event(move(to, of, minute, allow_quarantined=True))
    return models


def states(models: Models) -> dict[str, str]:
    """The states of all versions but candidates."""
    found = {each.version: models.state(each) for each in models.versions}
    return {name: state.value for name, state in found.items() if state is not State.CANDIDATE}
