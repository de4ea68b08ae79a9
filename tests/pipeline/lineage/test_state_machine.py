"""Every way between two states is there or refused, and what follows from it follows."""

import pytest

from pipeline.errors import STOPPED
from pipeline.lineage.events import Move, State
from pipeline.lineage.models import Models
from pipeline.lineage.state_machine import RefusedMoveError
from tests.pipeline.lineage.told_models import at, move, rolled, states, step, told, version

CANDIDATE, SHADOW, CANARY, LIVE, RETIRED, WITHDRAWN, QUARANTINED = State
ROLLING = (SHADOW, CANARY)

# Moves after which 1.0.1 has a state, with another version live beside it, or before it.
BESIDE = ("1.0.2", LIVE)
REACHED = {
    CANDIDATE: [BESIDE],
    SHADOW: [BESIDE, ("1.0.1", SHADOW)],
    CANARY: [BESIDE, ("1.0.1", CANARY)],
    LIVE: [("1.0.1", LIVE)],
    RETIRED: [("1.0.1", LIVE), BESIDE],
    WITHDRAWN: [BESIDE, ("1.0.1", WITHDRAWN)],
    QUARANTINED: [BESIDE, ("1.0.1", QUARANTINED)],
}
ENDS = {LIVE, WITHDRAWN, QUARANTINED}
WAYS = {
    CANDIDATE: {*ROLLING, *ENDS},
    SHADOW: {*ROLLING, *ENDS, CANDIDATE},
    CANARY: {*ROLLING, *ENDS, CANDIDATE},
    LIVE: {WITHDRAWN, QUARANTINED},
    RETIRED: ENDS,
    WITHDRAWN: {LIVE, QUARANTINED},
    QUARANTINED: {LIVE},
}


def decision(to: State, of: str = "1.0.1", minute: int = 9) -> Move:
    if to in ROLLING:
        return rolled(to, of, minute, stage=ROLLING.index(to))
    return move(to, of, minute, allow_quarantined=True)


def reached(*moves: tuple[str, State]) -> Models:
    models = told()
    for minute, (of, to) in enumerate(moves):
        models = models.with_event(decision(to, of, minute))
    return models


@pytest.mark.parametrize("before", State)
def test_from_each_state_there_are_its_ways_and_no_others(before: State):
    models = reached(*REACHED[before])
    assert models.state("1.0.1") is before
    for to in State:
        if to in WAYS[before]:
            assert models.with_event(decision(to)).state("1.0.1") is to
        else:
            with pytest.raises(RefusedMoveError) as refused:
                models.with_event(decision(to))
            assert str(refused.value).startswith(f"1.0.1 is {before.value}")
            assert refused.value.exit_code == STOPPED
        assert models.state("1.0.1") is before


@pytest.mark.parametrize(
    ("moves", "to", "said"),
    [
        ([], CANDIDATE, "1.0.1 is candidate already"),
        (
            [("1.0.1", LIVE)],
            LIVE,
            "1.0.1 is live already, since 2026-11-27 00:00 UTC by Ada: reason 0",
        ),
        ([("1.0.1", LIVE)], RETIRED, "1.0.1 is live, and a version is retired by making another one live"),
        (
            [("1.0.1", LIVE)],
            CANDIDATE,
            "1.0.1 is live, and from there it can become withdrawn or quarantined, not candidate",
        ),
        (
            [("1.0.1", QUARANTINED)],
            WITHDRAWN,
            "1.0.1 is quarantined, and from there it can become live, not withdrawn",
        ),
    ],
)
def test_a_refusal_says_what_is_and_what_can_be(moves: list, to: State, said: str):
    with pytest.raises(RefusedMoveError) as refused:
        told(*moves).with_event(move(to, "1.0.1", 9))
    assert str(refused.value) == said


def test_a_quarantined_version_goes_live_only_by_an_explicit_word():
    models = told(("1.0.1", QUARANTINED))
    with pytest.raises(RefusedMoveError) as refused:
        models.with_event(move(LIVE, "1.0.1", 9))
    assert str(refused.value) == (
        "1.0.1 is quarantined, since 2026-11-27 00:00 UTC by Ada: reason 0; "
        "it serves again only by a person's explicit word (`evergreen models restore --allow-quarantined`)"
    )
    assert models.with_event(move(LIVE, "1.0.1", 9, allow_quarantined=True)).live == version(1)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.5])
def test_a_live_version_answers_all_requests(share: float):
    with pytest.raises(RefusedMoveError, match="a live version answers all of them"):
        told().with_event(move(LIVE, "1.0.1", share=share))


def test_a_rollout_moves_its_version_and_nobody_else():
    models = told(("1.0.1", LIVE))
    for event in (
        rolled(SHADOW, "1.0.2", 1),
        rolled(SHADOW, "1.0.2", 2, plan=None, paused=True),
        rolled(CANARY, "1.0.2", 3, stage=1, plan=None),
        rolled(CANARY, "1.0.2", 4, stage=2, plan=None),
    ):
        models = models.with_event(event)
    assert states(models) == {"1.0.1": "live", "1.0.2": "canary"}
    assert models.rolling == version(2)
    assert [each.share for each in models.history("1.0.2")] == [0.0, 0.0, 0.1, 0.5]
    done = models.with_event(rolled(LIVE, "1.0.2", 5, stage=2, plan=None))
    assert states(done) == {"1.0.1": "retired", "1.0.2": "live"}
    assert done.rolling is None


@pytest.mark.parametrize(
    ("live", "event", "said"),
    [
        (None, rolled(SHADOW, "1.0.2", 1), "1.0.2 has no live version to be rolled out beside; approve it"),
        ("1.0.1", rolled(CANARY, "1.0.2", 1, 1, plan=None), "the rollout r1 of 1.0.2 has not begun"),
        (
            "1.0.1",
            move(CANARY, "1.0.2", 1, share=0.5),
            "1.0.2 becomes canary in a rollout only (`evergreen rollout start`)",
        ),
        (
            "1.0.1",
            move(CANARY, "1.0.2", 1, share=1.0, rollout=step()),
            "a canary answers a share between 0 and 1 of the requests, not 1",
        ),
        (
            "1.0.1",
            move(CANARY, "1.0.2", 1, share=0.0, rollout=step()),
            "a canary answers a share between 0 and 1 of the requests, not 0",
        ),
    ],
)
def test_a_rollout_has_a_plan_a_champion_and_a_share(live: str | None, event: Move, said: str):
    models = told((live, LIVE)) if live else told()
    with pytest.raises(RefusedMoveError) as refused:
        models.with_event(event)
    assert str(refused.value) == said


def test_one_rollout_at_a_time():
    models = told(("1.0.1", LIVE)).with_event(rolled(SHADOW, "1.0.2", 1))
    with pytest.raises(RefusedMoveError) as refused:
        models.with_event(rolled(SHADOW, "1.0.3", 2))
    assert str(refused.value) == (
        "1.0.2 is being rolled out, since 2026-11-27 00:01 UTC by Ada: reason 1; 1.0.3 can be once that ended"
    )


def test_a_model_of_another_name_is_not_rolled_out():
    models = Models((version(1), version(2, name="trains"))).with_event(move(LIVE, "1.0.1"))
    with pytest.raises(RefusedMoveError, match=r"trains/1\.0\.2 cannot be rolled out beside flights/1\.0\.1"):
        models.with_event(rolled(SHADOW, "1.0.2", 1))


@pytest.mark.parametrize(
    ("event", "after", "why"),
    [
        (
            move(LIVE, "1.0.3", 9),
            {"1.0.1": "retired", "1.0.3": "live"},
            "its rollout ended: 1.0.3 became live",
        ),
        (
            move(WITHDRAWN, "1.0.1", 9),
            {"1.0.1": "withdrawn"},
            "its rollout ended: nothing is live any more",
        ),
        (move(WITHDRAWN, "1.0.3", 9), {"1.0.1": "live", "1.0.2": "canary", "1.0.3": "withdrawn"}, None),
    ],
)
def test_a_rollout_ends_with_the_champion_that_it_was_beside(event: Move, after: dict, why: str | None):
    models = told(("1.0.1", LIVE)).with_event(rolled(CANARY, "1.0.2", 1, stage=1)).with_event(event)
    assert states(models) == after
    last = models.history("1.0.2")[-1]
    assert (last.reason if last.to is CANDIDATE else None) == why


def test_of_what_is_not_live_the_share_means_nothing():
    models = told(("1.0.1", LIVE)).with_event(move(WITHDRAWN, "1.0.1", 1, share=0.5))
    assert [step.share for step in models.history("1.0.1")] == [1.0, 0.0]


def test_making_a_version_live_retires_the_one_that_was():
    models = told(("1.0.1", LIVE), ("1.0.2", LIVE))
    assert states(models) == {"1.0.1": "retired", "1.0.2": "live"}
    assert len(models.events) == 2


@pytest.mark.parametrize("to", [WITHDRAWN, QUARANTINED])
def test_withdrawing_the_live_version_brings_the_one_before_back(to: State):
    models = told(("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.3", LIVE), ("1.0.3", to))
    assert states(models) == {"1.0.1": "retired", "1.0.2": "live", "1.0.3": to.value}
    assert len(models.events) == 4


def test_going_back_again_and_again_ends_where_nothing_serves():
    moves = [("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.2", WITHDRAWN), ("1.0.1", WITHDRAWN)]
    models = told(*moves)
    assert states(models) == {"1.0.1": "withdrawn", "1.0.2": "withdrawn"}
    assert models.live is None
    assert told(*moves, ("1.0.2", LIVE)).live == version(2)


def test_withdrawing_a_version_that_does_not_serve_leaves_the_one_that_does():
    models = told(("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.1", WITHDRAWN), ("1.0.3", QUARANTINED))
    assert states(models) == {"1.0.1": "withdrawn", "1.0.2": "live", "1.0.3": "quarantined"}


def test_the_previous_version_was_live_last_before_and_is_retired():
    """Not one that was withdrawn, and not the one with the highest number."""
    served = [("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.3", LIVE)]
    assert told(*served).alias("previous") == version(2)
    assert told(*served, ("1.0.2", WITHDRAWN)).alias("previous") == version(1)
    assert told(*served, ("1.0.1", LIVE)).alias("previous") == version(3)
    assert told(*served, ("1.0.3", WITHDRAWN)).alias("previous") == version(1)
    assert told(*served[:1]).alias("previous") is None
    assert told().alias("previous") is None


def test_each_change_tells_from_what_to_what_by_whom_and_why():
    models = told(("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.2", WITHDRAWN))
    told_of = [
        (step.before, step.to, step.share, step.reason, step.who, step.at, step.move)
        for step in models.history("1.0.1")
    ]
    assert told_of == [
        (CANDIDATE, LIVE, 1.0, "reason 0", "Ada", at(0), "0-1.0.1-live"),
        (LIVE, RETIRED, 0.0, "1.0.2 became live", "Ada", at(1), "1-1.0.2-live"),
        (RETIRED, LIVE, 1.0, "1.0.2 was withdrawn: reason 2", "Ada", at(2), "2-1.0.2-withdrawn"),
    ]
    assert [step.to for step in models.history("1.0.2")] == [LIVE, WITHDRAWN]
    assert models.history("1.0.3") == ()


def test_what_was_live_at_a_time_is_known_afterwards():
    models = told(("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.2", WITHDRAWN), ("1.0.1", WITHDRAWN))
    assert models.live_at(at(0) - (at(1) - at(0))) is None
    assert [models.live_at(at(minute)) for minute in range(4)] == [version(1), version(2), version(1), None]
    assert models.live_at(at(99)) is None


def test_a_clock_that_went_wrong_once_does_not_hide_what_came_after():
    models = Models((version(1), version(2)))
    models = models.with_event(move(LIVE, "1.0.1", 10**6)).with_event(move(LIVE, "1.0.2", 5))
    assert models.live_at(at(5)) == models.live == version(2)
