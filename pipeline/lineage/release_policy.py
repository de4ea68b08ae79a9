"""The rule of what becomes of a candidate that was registered. Decided on plain values."""

from __future__ import annotations

import uuid

from pipeline.config.rollout import RolloutConfig
from pipeline.lineage import rollout_moves
from pipeline.lineage.beside_rule import unlike
from pipeline.lineage.events import ModelVersion, Move, State, decided
from pipeline.lineage.models import RELEASED, Models
from pipeline.lineage.rollout_moves import CONTROLLER, SERVER
from pipeline.lineage.state_machine import ROLLING
from serving.rollout.plan import RolloutPlan

IMMEDIATE = "immediate"
ROLLOUTS = ("canary", "shadow")
POLICY, BY_ROLLOUT = "release.policy immediate", "release.policy"
PASSED = "it passed every gate"
_CHOOSE_NOTHING = (*ROLLING, State.CANDIDATE)
NOT_PERSONS = (POLICY, BY_ROLLOUT, RELEASED, CONTROLLER, SERVER)


def plan_by(policy: str, rollout: RolloutConfig) -> RolloutPlan:
    """Returns the plan of a rollout that a policy may begin, with an id of its own."""
    return rollout.plan(uuid.uuid4().hex, only_shadow=policy == "shadow")


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


def move_by(policy: str, models: Models, plan: RolloutPlan) -> Move | None:
    """Returns the decision that a policy makes now; None where it leaves things as they are.

    So it does where a person decided something after the candidate was registered: a run that died then left
    its candidate undecided, and the next one does not overrule who went back or restored a version meanwhile.

    A candidate whose rollout ended without it has had its turn. A rollout begins where there is a version to
    compare with, under the same name, and no other rollout; without such a version it serves at once.

    Args:
      policy: `release.policy` of the configuration.
      models: as they are.
      plan: of the rollout that begins, where one does.
    """
    candidate = to_roll_out(policy, models)
    if candidate:
        return _rolled_out(candidate, models, plan)
    candidate = _undecided(models) if policy == IMMEDIATE else None
    if candidate is None:
        return None
    return decided(models.name_of(candidate), State.LIVE, reason=PASSED, who=POLICY)


def to_roll_out(policy: str, models: Models) -> ModelVersion | None:
    """Returns the candidate that a policy would roll out if no rollout were under way; None without one.

    One of another MAJOR version than the live one is left to a person (`left_to_a_person`).
    """
    candidate = _undecided(models) if policy in ROLLOUTS else None
    return None if candidate and _unlike_live(candidate, models) else candidate


def rolled_out_after(policy: str, models: Models, version: ModelVersion) -> str:
    """Returns whose rollout is under way, where the policy rolls a version out after it; empty otherwise."""
    rolling = models.rolling
    return rolling.version if rolling and to_roll_out(policy, models) == version else ""


def left_to_a_person(policy: str, models: Models) -> str:
    """Returns why a policy of rollouts leaves its candidate to a person; empty where it does not."""
    candidate = _undecided(models) if policy in ROLLOUTS else None
    return _unlike_live(candidate, models) if candidate else ""


def _unlike_live(candidate: ModelVersion, models: Models) -> str:
    live = models.live
    return unlike(candidate, live) if live and live.model_name == candidate.model_name else ""


def _undecided(models: Models) -> ModelVersion | None:
    """Returns the candidate that waits, if nothing was decided of it, and no person decided since."""
    candidate = waiting(models)
    if candidate is None or models.history(candidate) or _decided_since(candidate, models):
        return None
    return candidate


def _rolled_out(candidate: ModelVersion, models: Models, plan: RolloutPlan) -> Move | None:
    if models.rolling:
        return None
    if models.live and models.live.model_name == candidate.model_name:
        return rollout_moves.start(models, candidate, plan, reason=PASSED, who=BY_ROLLOUT)
    why = f"{PASSED}, and there is none of its name to be rolled out beside"
    return decided(models.name_of(candidate), State.LIVE, reason=why, who=BY_ROLLOUT)


def _was_live(models: Models, version: ModelVersion) -> bool:
    return any(step.to is State.LIVE for step in models.history(version))


def _decided_since(candidate: ModelVersion, models: Models) -> bool:
    """Returns whether a person chose what serves; stages, pauses and a cancelled rollout choose nothing."""
    by_persons = (
        event
        for event in models.events
        if isinstance(event, Move) and event.who not in NOT_PERSONS and event.to not in _CHOOSE_NOTHING
    )
    return any(event.at > candidate.registered for event in by_persons)
