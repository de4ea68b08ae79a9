"""The rules of retraining: what starts a run and what does not."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

import pytest

from monitoring.retraining.rule import Decision, PastRun, Policy, Request, Situation, decide

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.timezone.utc)
POLICY = Policy(cool_down_h=6, max_event_age_h=2, max_runs=3, budget_days=7)


def hours_ago(hours: float) -> dt.datetime:
    return NOW - dt.timedelta(hours=hours)


def asked(reason: str = "schedule", *, age_h: float = 0.1) -> Request:
    return Request(event="event-1", reason=reason, published=hours_ago(age_h))


def ran(hours: float, state: str = "succeeded", *, event: str = "", repeated: bool = False) -> PastRun:
    return PastRun("flights-1", event, hours_ago(hours), state, repeated)  # type: ignore[arg-type]


def decided(request: Request, past: Sequence[PastRun], policy: Policy = POLICY) -> Decision:
    return decide(Situation(request, tuple(past), NOW), policy)


def test_an_event_starts_the_first_run() -> None:
    """Nothing stands against a fresh event when nothing ran before."""
    decision = decided(asked(), [])
    assert (decision.start, decision.rule) == (True, "start")
    assert "schedule" in decision.reason


def test_an_old_run_stands_against_nothing() -> None:
    """A finished run with other data, long ago."""
    assert decided(asked(), [ran(48)]).start


def test_an_event_starts_one_run_however_often_it_is_delivered() -> None:
    """Even when that run has failed since."""
    decision = decided(asked(), [ran(48, "failed", event="event-1")])
    assert (decision.start, decision.rule) == (False, "delivered")


@pytest.mark.parametrize(("age_h", "starts"), [(1.9, True), (2.0, True), (2.1, False), (-0.1, True)])
def test_a_late_event_starts_nothing(age_h: float, starts: bool) -> None:
    """An event that is just as old as allowed counts; a sender's clock may run ahead."""
    decision = decided(asked(age_h=age_h), [])
    assert decision.start is starts
    if not starts:
        assert (decision.rule, decision.threshold) == ("late", 2)
        assert decision.measured == pytest.approx(age_h)


@pytest.mark.parametrize("reason", ["schedule", "manual"])
def test_one_run_at_a_time(reason: str) -> None:
    """A run under way refuses every other, a person's too."""
    decision = decided(asked(reason), [ran(48, "running")])
    assert (decision.start, decision.rule, decision.measured, decision.again) == (False, "busy", 1, True)


def test_what_a_finished_run_did_is_not_repeated() -> None:
    """The same window, code and configuration once succeeded."""
    decision = decided(asked(), [ran(48, repeated=True)])
    assert (decision.start, decision.rule) == (False, "repeated")
    assert decision.reason == "run flights-1 has done this window with this code and configuration"


def test_what_failed_is_tried_again() -> None:
    """A failed run with the same launch does not count as done."""
    assert decided(asked(), [ran(48, "failed", repeated=True)]).start


@pytest.mark.parametrize(("since_h", "starts"), [(5.9, False), (6.0, True), (6.1, True)])
@pytest.mark.parametrize("state", ["succeeded", "failed"])
def test_runs_keep_their_distance(since_h: float, starts: bool, state: str) -> None:
    """The cool-down counts from the start of the newest run, failed or not, up to the very hour."""
    decision = decided(asked(), [ran(200), ran(since_h, state), ran(180)])
    assert decision.start is starts
    if not starts:
        assert (decision.rule, decision.threshold) == ("cool-down", 6)
        assert decision.measured == pytest.approx(since_h)


@pytest.mark.parametrize(("age_h", "again"), [(0.9, True), (1.0, True), (1.1, False)])
def test_what_comes_too_soon_is_asked_again_unless_it_would_be_too_old_then(
    age_h: float, again: bool
) -> None:
    """An hour of the cool-down is left, and an event may be two hours old."""
    decision = decided(asked(age_h=age_h), [ran(5)])
    assert (decision.rule, decision.again) == ("cool-down", again)
    assert ("asked again" in decision.reason) is again


@pytest.mark.parametrize(
    ("request_", "past"),
    [
        (asked(), [ran(48, event="event-1")]),
        (asked(age_h=3), []),
        (asked(), [ran(48, repeated=True)]),
        (asked(), [ran(9), ran(8), ran(7)]),
        (asked(), []),
    ],
    ids=["delivered", "late", "repeated", "budget", "start"],
)
def test_what_waiting_cannot_change_is_not_asked_again(request_: Request, past: list[PastRun]) -> None:
    """Pub/Sub would deliver it a hundred times for nothing."""
    assert not decided(request_, past).again


def test_a_person_need_not_wait() -> None:
    """The cool-down holds for machines; the budget holds for everybody."""
    assert decided(asked("manual"), [ran(0.5)]).start
    assert decided(asked("manual"), [ran(9), ran(8), ran(7)]).rule == "budget"


@pytest.mark.parametrize(
    ("started_h", "starts"),
    [((9, 8), True), ((9, 8, 7), False), ((9, 8, 168), True), ((9, 8, 167.9), False), ((9, 8, 7, 6), False)],
)
def test_runs_have_a_budget(started_h: tuple[float, ...], starts: bool) -> None:
    """max_runs within budget_days; a run exactly that long ago no longer counts."""
    decision = decided(asked(), [ran(hours) for hours in started_h])
    assert decision.start is starts
    if not starts:
        assert (decision.rule, decision.threshold) == ("budget", 3)
        assert decision.measured == len(started_h)


def test_no_cool_down_lets_a_second_run_follow_at_once() -> None:
    """Zero hours: only the other rules hold."""
    assert decided(asked(), [ran(0)], dataclasses.replace(POLICY, cool_down_h=0)).start


def test_an_unknown_reason_is_an_error() -> None:
    """A new kind of event must be thought about before it can spend money."""
    with pytest.raises(ValueError, match="'whim' is none of schedule, new-data, drift"):
        decided(asked("whim"), [])
