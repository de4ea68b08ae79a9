"""Every way between two states is there or refused, and what follows from it follows."""

import itertools

import pytest

from pipeline.errors import STOPPED
from pipeline.lineage.events import State
from pipeline.lineage.models import Models
from pipeline.lineage.state_machine import RefusedMoveError
from tests.pipeline.lineage.told_models import at, move, states, told, version

CANDIDATE, LIVE, RETIRED, WITHDRAWN, QUARANTINED = State

# Moves after which 1.0.1 has a state.
REACHED = {
    CANDIDATE: [],
    LIVE: [("1.0.1", LIVE)],
    RETIRED: [("1.0.1", LIVE), ("1.0.2", LIVE)],
    WITHDRAWN: [("1.0.1", WITHDRAWN)],
    QUARANTINED: [("1.0.1", QUARANTINED)],
}
WAYS = {
    (CANDIDATE, LIVE),
    (CANDIDATE, WITHDRAWN),
    (CANDIDATE, QUARANTINED),
    (LIVE, WITHDRAWN),
    (LIVE, QUARANTINED),
    (RETIRED, LIVE),
    (RETIRED, WITHDRAWN),
    (RETIRED, QUARANTINED),
    (WITHDRAWN, LIVE),
    (WITHDRAWN, QUARANTINED),
    (QUARANTINED, LIVE),
}


@pytest.mark.parametrize(("before", "to"), sorted(WAYS, key=str))
def test_a_way_leads_to_its_state(before: State, to: State):
    models = told(*REACHED[before])
    assert models.state("1.0.1") is before
    after = models.with_event(move(to, "1.0.1", 9, allow_quarantined=True))
    assert after.state("1.0.1") is to
    assert models.state("1.0.1") is before


@pytest.mark.parametrize(("before", "to"), sorted(set(itertools.product(State, State)) - WAYS, key=str))
def test_where_there_is_no_way_a_move_is_refused_in_a_sentence(before: State, to: State):
    with pytest.raises(RefusedMoveError) as refused:
        told(*REACHED[before]).with_event(move(to, "1.0.1", 9, allow_quarantined=True))
    assert str(refused.value).startswith(f"1.0.1 is {before.value}")
    assert refused.value.exit_code == STOPPED


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
