"""Which candidate a policy lets serve: the newest, and never one that was overtaken."""

import dataclasses
import datetime as dt

import pytest

from pipeline.config import load as configs
from pipeline.lineage import rollout_moves
from pipeline.lineage.events import ModelVersion, State, decided
from pipeline.lineage.models import Models
from pipeline.lineage.release_policy import (
    IMMEDIATE,
    POLICY,
    left_to_a_person,
    move_by,
    plan_by,
    rolled_out_after,
    to_roll_out,
    waiting,
)
from pipeline.lineage.rollouts import rollouts_of
from pipeline.lineage.state_machine import RefusedMoveError
from tests.pipeline.lineage.told_models import PLAN, rolled

START = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)


def version(number: int) -> ModelVersion:
    return ModelVersion(
        f"1.0.{number}", number, "flights", f"run-{number}", START + dt.timedelta(days=number), {}
    )


def models(count: int, **states: str) -> Models:
    """So many candidates; then v2=live and the like, in order."""
    found = Models(tuple(version(number) for number in range(1, count + 1)))
    for name, state in states.items():
        found = found.with_event(decided(f"1.0.{name[1:]}", State(state), reason="r", who=POLICY))
    return found


@pytest.mark.parametrize(
    ("count", "states", "expected"),
    [
        (0, {}, None),
        (1, {}, "1.0.1"),
        (3, {}, "1.0.3"),
        (2, {"v1": "live"}, "1.0.2"),
        (2, {"v2": "live"}, None),
        (3, {"v1": "live", "v2": "live"}, "1.0.3"),
        (2, {"v1": "live", "v2": "withdrawn"}, None),
        (3, {"v1": "live", "v3": "withdrawn"}, "1.0.2"),
        (2, {"v1": "withdrawn"}, "1.0.2"),
        (1, {"v1": "quarantined"}, None),
    ],
)
def test_the_newest_candidate_waits_unless_a_newer_one_was_live(
    count: int, states: dict[str, str], expected: str | None
):
    now = models(count, **states)
    found = waiting(now)
    assert (found.version if found else None) == expected
    move = move_by(IMMEDIATE, now, PLAN)
    assert (move.version if move else None) == expected
    assert move_by("manual", now, PLAN) is None


def test_after_going_back_the_withdrawn_and_what_it_overtook_stay_away():
    now = models(3, v1="live", v3="live")
    now = now.with_event(decided("1.0.3", State.WITHDRAWN, reason="slow", who="me"))
    assert now.live == version(1)
    assert move_by(IMMEDIATE, now, PLAN) is None


def test_what_the_policy_decides_is_in_force_once():
    now = models(2, v1="live")
    move = move_by(IMMEDIATE, now, PLAN)
    assert move is not None
    after = now.with_event(move)
    assert after.live == version(2)
    assert after.alias("previous") == version(1)
    assert move_by(IMMEDIATE, after, PLAN) is None


def test_a_candidate_of_a_clock_that_was_turned_back_is_the_newest_all_the_same():
    late = dataclasses.replace(version(2), registered=START - dt.timedelta(days=9))
    now = Models((version(1), late)).with_event(decided("1.0.1", State.LIVE, reason="r", who="w"))
    assert waiting(now) == late


@pytest.mark.parametrize(
    ("hours", "who", "expected"),
    [
        (-1, "Ada", "1.0.2"),
        (0, "Ada", "1.0.2"),
        (1, "Ada", None),
        (1, POLICY, "1.0.2"),
        (1, "Release", "1.0.2"),
    ],
)
def test_a_candidate_that_a_dead_run_left_does_not_overrule_a_person(
    hours: int, who: str, expected: str | None
):
    """Who went back or restored a version since has seen that it was not serving."""
    at = version(2).registered + dt.timedelta(hours=hours)
    decision = dataclasses.replace(decided("1.0.1", State.LIVE, reason="r", who=who), at=at)
    move = move_by(IMMEDIATE, models(2).with_event(decision), PLAN)
    assert (move.version if move else None) == expected


@pytest.mark.parametrize("policy", ["canary", "shadow"])
def test_a_candidate_is_rolled_out_beside_what_is_live(policy: str):
    now = models(2, v1="live")
    move = move_by(policy, now, PLAN)
    assert move is not None
    assert (move.version, move.to, move.rollout.rollout) == ("1.0.2", State.SHADOW, PLAN.id)
    assert move_by(policy, now.with_event(move), PLAN) is None


def test_a_candidate_that_nothing_is_live_beside_serves_at_once():
    assert move_by("canary", models(1), PLAN).to is State.LIVE
    other = dataclasses.replace(version(2), model_name="trains")
    now = Models((version(1), other)).with_event(decided("1.0.1", State.LIVE, reason="r", who=POLICY))
    assert move_by("canary", now, PLAN).to is State.LIVE


def test_a_candidate_of_another_major_version_is_left_to_a_person_and_takes_no_place():
    """Another signature or label: the same requests cannot be answered by both."""
    other = dataclasses.replace(version(2), version="2.0.2")
    now = dataclasses.replace(models(1, v1="live"), versions=(version(1), other))
    for policy in ("canary", "shadow"):
        assert move_by(policy, now, PLAN) is to_roll_out(policy, now) is None
        assert left_to_a_person(policy, now).startswith("2.0.2 cannot be rolled out beside 1.0.1: ")
    assert left_to_a_person("manual", now) == left_to_a_person("canary", models(2, v1="live")) == ""
    assert move_by(IMMEDIATE, now, PLAN).to is State.LIVE
    with pytest.raises(RefusedMoveError, match="approve it once clients are ready"):
        rollout_moves.start(now, other, PLAN, reason="r", who="w")


def test_a_candidate_waits_while_another_is_rolled_out_and_is_known_to_wait():
    now = models(2, v1="live").with_event(move_by("canary", models(2, v1="live"), PLAN))
    now = dataclasses.replace(now, versions=(*now.versions, version(3)))
    assert move_by("canary", now, PLAN) is None
    assert to_roll_out("canary", now) == version(3)
    assert to_roll_out("manual", now) is None
    assert to_roll_out(IMMEDIATE, now) is None
    assert rolled_out_after("canary", now, version(3)) == "1.0.2"
    assert rolled_out_after("canary", now, version(1)) == rolled_out_after("manual", now, version(3)) == ""
    assert rolled_out_after("canary", models(2, v1="live"), version(2)) == ""


def test_a_candidate_is_rolled_out_once():
    now = models(2, v1="live").with_event(rolled(State.SHADOW, "1.0.2", 1))
    (rollout,) = rollouts_of(now)
    now = now.with_event(rollout_moves.end(now, rollout, State.CANDIDATE, reason="newer", who="Ada"))
    assert move_by("canary", now, PLAN) is None
    assert move_by(IMMEDIATE, now, PLAN) is None


@pytest.mark.parametrize(
    ("to", "expected"), [(State.SHADOW, "1.0.3"), (State.CANDIDATE, "1.0.3"), (State.LIVE, None)]
)
def test_who_pauses_or_cancels_a_rollout_does_not_say_that_newer_candidates_stay_away(
    to: State, expected: str | None
):
    now = models(3, v1="live").with_event(rolled(State.SHADOW, "1.0.2", 1))
    later = dataclasses.replace(rolled(to, "1.0.2", 2, plan=None), at=START + dt.timedelta(days=9))
    found = to_roll_out("canary", now.with_event(later))
    assert (found.version if found else None) == expected


def test_a_shadow_ends_before_a_stage_that_somebody_hears():
    rollout = configs.load("local").rollout
    shares = [[stage.share for stage in plan_by(policy, rollout).stages] for policy in ("shadow", "canary")]
    assert shares == [[0.0], [stage.share for stage in rollout.stages]]
    assert plan_by("canary", rollout).id != plan_by("canary", rollout).id
