"""Which candidate a policy lets serve: the newest, and never one that was overtaken."""

import dataclasses
import datetime as dt

import pytest

from pipeline.lineage.events import ModelVersion, State, decided
from pipeline.lineage.models import Models
from pipeline.lineage.release_policy import IMMEDIATE, POLICY, move_by, waiting

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
    move = move_by(IMMEDIATE, now)
    assert (move.version if move else None) == expected
    assert move_by("manual", now) is None


def test_after_going_back_the_withdrawn_and_what_it_overtook_stay_away():
    now = models(3, v1="live", v3="live")
    now = now.with_event(decided("1.0.3", State.WITHDRAWN, reason="slow", who="me"))
    assert now.live == version(1)
    assert move_by(IMMEDIATE, now) is None


def test_what_the_policy_decides_is_in_force_once():
    now = models(2, v1="live")
    move = move_by(IMMEDIATE, now)
    assert move is not None
    after = now.with_event(move)
    assert after.live == version(2)
    assert after.alias("previous") == version(1)
    assert move_by(IMMEDIATE, after) is None


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
    move = move_by(IMMEDIATE, models(2).with_event(decision))
    assert (move.version if move else None) == expected
