"""Rollouts are told by the decisions on their versions."""

import dataclasses

import pytest

from pipeline.errors import ConfigError
from pipeline.lineage import rollout_moves
from pipeline.lineage.events import State
from pipeline.lineage.registry import after
from pipeline.lineage.rollouts import rollouts_of, running
from pipeline.lineage.serve_file import served_file_of
from serving.rollout.plan import Stage
from tests.pipeline.lineage.told_models import PLAN, at, move, rolled, told, version

SHADOW, CANARY, LIVE = State.SHADOW, State.CANARY, State.LIVE
SECOND = dataclasses.replace(PLAN, id="r2")


def test_a_rollout_is_followed_from_its_first_stage_to_its_end():
    models = told(("1.0.1", LIVE)).with_event(rolled(SHADOW, "1.0.2", 1))
    assert running(models) == rollouts_of(models)[0]
    (first,) = rollouts_of(models)
    assert (first.id, first.version, first.champion, first.plan) == ("r1", version(2), version(1), PLAN)
    for event in (
        rolled(CANARY, "1.0.2", 2, stage=1, plan=None),
        rolled(CANARY, "1.0.2", 3, stage=1, plan=None, paused=True),
        move(LIVE, "1.0.4", 4),
    ):
        models = models.with_event(event)
    models = models.with_event(rolled(CANARY, "1.0.3", 5, stage=1, plan=SECOND))
    ended, second = rollouts_of(models)
    assert (ended.outcome, ended.stage, ended.paused) == ("ended", 1, True)
    assert (ended.started, ended.stage_since, ended.end.at) == (at(1), at(2), at(4))
    assert (second.id, second.champion, second.outcome, second.paused) == ("r2", version(4), "running", False)
    assert running(models) == second


@pytest.mark.parametrize(
    ("event", "outcome"),
    [
        (None, "running"),
        (rolled(SHADOW, "1.0.2", 2, plan=None, paused=True), "paused"),
        (rolled(LIVE, "1.0.2", 2, plan=None), "promoted"),
        (rolled(State.QUARANTINED, "1.0.2", 2, plan=None), "turned back"),
        (move(State.WITHDRAWN, "1.0.2", 2), "withdrawn"),
        (rolled(State.CANDIDATE, "1.0.2", 2, plan=None), "ended"),
    ],
)
def test_how_a_rollout_stands_or_ended_is_told(event, outcome):
    models = told(("1.0.1", LIVE)).with_event(rolled(SHADOW, "1.0.2", 1))
    models = models.with_event(event) if event else models
    assert rollouts_of(models)[0].outcome == outcome
    assert (running(models) is None) == (outcome not in ("running", "paused"))


def test_without_rollouts_there_are_none():
    assert rollouts_of(told(("1.0.1", LIVE))) == ()
    assert running(told()) is None


@pytest.mark.parametrize("plan", ['{"id": "r1"}', "[", "[" * 100_000], ids=["short", "torn", "deep"])
def test_a_plan_that_cannot_be_read_blocks_no_other_decision(plan: str):
    begins = rolled(SHADOW, "1.0.2", 1)
    broken = dataclasses.replace(begins, rollout=dataclasses.replace(begins.rollout, plan=plan))
    models = told(("1.0.1", LIVE)).with_event(broken).with_event(rolled(CANARY, "1.0.2", 2, 1, plan=None))
    now = running(models)
    assert "plan of the rollout of flights/1.0.2 cannot be read: " in now.fault
    assert "`evergreen rollout cancel --reason TEXT`" in now.fault
    assert (now.id, now.stage, now.plan.stages[1].share) == ("r1", 1, 0.1)
    served = served_file_of(models, "flights")
    assert served.rollout is None
    assert [(each.version, each.share) for each in served.versions] == [("1.0.1", 1.0)]
    for to, outcome in ((State.CANDIDATE, "ended"), (State.QUARANTINED, "turned back"), (LIVE, "promoted")):
        ended, _ = after(models, [rollout_moves.end(models, now, to, reason="r", who="Ada")])
        ended = ended.with_event(rolled(CANARY, "1.0.3", 5, stage=1, plan=SECOND))
        assert rollouts_of(ended)[0].outcome == outcome
        assert running(ended).id == "r2"


def test_a_plan_that_could_not_be_read_again_is_not_recorded():
    models = told(("1.0.1", LIVE))
    plan = dataclasses.replace(PLAN, stages=(Stage(1.0, 5),))
    with pytest.raises(ConfigError, match=r"the rollout of 1\.0\.2 cannot begin: share of a stage is 1\.0"):
        rollout_moves.start(models, models.find("1.0.2"), plan, reason="r", who="Ada")
