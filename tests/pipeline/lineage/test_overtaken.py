"""A decision on a rollout that another one overtook is refused, whoever makes it, and changes nothing."""

import dataclasses

import pytest

from pipeline.lineage import rollout_moves
from pipeline.lineage.events import State
from pipeline.lineage.overtaken import OvertakenError
from pipeline.lineage.registry import after
from pipeline.lineage.rollouts import running
from pipeline.lineage.state_machine import RefusedMoveError
from tests.pipeline.lineage.told_models import PLAN, told

TOLD = {"reason": "r", "who": "Ada"}
BEGUN = told(("1.0.1", State.LIVE))
BEGUN = BEGUN.with_event(rollout_moves.start(BEGUN, BEGUN.find("1.0.2"), PLAN, **TOLD))
SECOND = dataclasses.replace(PLAN, id="r2")
READ = running(BEGUN)
STAGE = rollout_moves.stage(BEGUN, READ, 1, **TOLD)
PAUSE = rollout_moves.pause(BEGUN, READ, True, **TOLD)
LIVE = rollout_moves.end(BEGUN, READ, State.LIVE, **TOLD)
CANCEL = rollout_moves.end(BEGUN, READ, State.CANDIDATE, **TOLD)
BACK = rollout_moves.end(BEGUN, READ, State.QUARANTINED, **TOLD)


@pytest.mark.parametrize("first", [STAGE, PAUSE], ids=["stage", "pause"])
@pytest.mark.parametrize("second", [STAGE, PAUSE, LIVE, CANCEL], ids=["stage", "pause", "live", "cancel"])
def test_of_two_decisions_on_the_same_read_the_second_is_refused(first, second):
    models, new = after(BEGUN, [first])
    assert len(new) == 1
    if first is second:
        assert after(models, [second]) == (models, []), "a repetition changes nothing"
        return
    with pytest.raises(
        OvertakenError, match=r"another decision came first: the rollout of 1\.0\.2 is in stage"
    ):
        after(models, [second])
    now = running(models)
    assert (now.stage, now.paused) == ((1, False) if first is STAGE else (0, True))


@pytest.mark.parametrize("first", [STAGE, PAUSE], ids=["stage", "pause"])
def test_what_turns_it_back_holds_in_whatever_stage_it_is(first):
    models, _ = after(after(BEGUN, [first])[0], [BACK])
    assert models.state("1.0.2") is State.QUARANTINED


@pytest.mark.parametrize("ended", [LIVE, CANCEL], ids=["live", "cancel"])
@pytest.mark.parametrize("late", [STAGE, PAUSE, BACK], ids=["stage", "pause", "back"])
def test_nothing_is_decided_on_a_rollout_that_ended(ended, late):
    models, _ = after(BEGUN, [ended])
    with pytest.raises(OvertakenError, match=r"the rollout of 1\.0\.2 ended"):
        after(models, [late])


def test_nothing_is_decided_on_another_rollout_of_the_same_version():
    models, _ = after(BEGUN, [CANCEL])
    again = rollout_moves.start(models, models.find("1.0.2"), SECOND, **TOLD)
    models, _ = after(models, [again])
    for late in (STAGE, BACK):
        with pytest.raises(OvertakenError, match="ended"):
            after(models, [late])


def test_a_rollout_that_is_under_way_is_not_begun_again():
    models, _ = after(BEGUN, [STAGE])
    says = r"1\.0\.2 is under way already, in stage 2 of 3, since .*; its stages were settled .*cancel"
    with pytest.raises(RefusedMoveError, match=says):
        rollout_moves.start(models, models.find("1.0.2"), PLAN, **TOLD)
    read_before = told(("1.0.1", State.LIVE))
    start = rollout_moves.start(read_before, read_before.find("1.0.2"), SECOND, **TOLD)
    with pytest.raises(RefusedMoveError, match=says):
        after(models, [start])
