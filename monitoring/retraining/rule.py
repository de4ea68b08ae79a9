"""Decides whether an event starts a run: one module for every trigger, on plain values.

An event is refused, in this order, when it has started a run already, is too old, comes while a run is under
way, asks for what a finished run has done, comes too soon after the last run, or would exceed the budget.
One that comes while a run is under way, or too soon, is asked again until it is too old. For the others the
next event decides anew, on the data as it is then.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Literal

REASONS = ("schedule", "new-data", "drift", "performance", "manual")
State = Literal["running", "succeeded", "failed"]


@dataclasses.dataclass(frozen=True)
class Policy:
    """What keeps triggers from running away.

    Attributes:
      cool_down_h: hours from the start of one run to the start of the next; people need not wait.
      max_event_age_h: events that took longer to arrive start nothing.
      max_runs: runs, failed ones too, that may start within budget_days.
      budget_days: over which runs are counted.
    """

    cool_down_h: float
    max_event_age_h: float
    max_runs: int
    budget_days: float


@dataclasses.dataclass(frozen=True)
class Request:
    """An event that asks for a run.

    Attributes:
      event: its id, equal in every delivery of it.
      reason: one of REASONS.
      published: when it was sent, with time zone.
      windows: of how many newest windows it asks for the next one that this release has not judged; 0 for the
        newest window, whatever has judged it.
    """

    event: str
    reason: str
    published: dt.datetime
    windows: int = 0


@dataclasses.dataclass(frozen=True)
class PastRun:
    """A run that was started before.

    Attributes:
      id: the run's name, for people.
      event: id of the event that started it; empty when a person did.
      started: with time zone.
      repeated: whether the launch asked for now would only repeat it.
    """

    id: str
    event: str
    started: dt.datetime
    state: State
    repeated: bool


@dataclasses.dataclass(frozen=True)
class Situation:
    """All that is known when an event is answered; what a new condition needs to know becomes a field here.

    Attributes:
      request: the event.
      past: the runs that were started before, in any order.
      now: with time zone.
    """

    request: Request
    past: tuple[PastRun, ...]
    now: dt.datetime


@dataclasses.dataclass(frozen=True)
class Decision:
    """Whether to start, and which condition decided.

    Attributes:
      rule: `start`, or the condition that refused: delivered, late, busy, repeated, cool-down, budget.
      reason: one sentence for people.
      measured, threshold: of that condition; None where it compares no numbers.
      again: whether the same event may start a run later, without becoming too old.
    """

    start: bool
    rule: str
    reason: str
    measured: float | None = None
    threshold: float | None = None
    again: bool = False


def decide(situation: Situation, policy: Policy) -> Decision:
    """Answers one event.

    Raises:
      ValueError: the reason is none of REASONS.
    """
    reason = situation.request.reason
    if reason not in REASONS:
        raise ValueError(f"reason {reason!r} is none of {', '.join(REASONS)}")
    refusals = (
        _delivered(situation),
        _late(situation, policy),
        _busy(situation),
        _repeated(situation),
        _cool_down(situation, policy),
        _over_budget(situation, policy),
    )
    start = Decision(True, "start", f"{reason} asks for a run, and nothing stands against it")
    return next((refusal for refusal in refusals if refusal), start)


def _delivered(situation: Situation) -> Decision | None:
    if any(run.event == situation.request.event for run in situation.past):
        return Decision(False, "delivered", "this event has started a run already")
    return None


def _late(situation: Situation, policy: Policy) -> Decision | None:
    age_h = _hours(situation.request.published, situation.now)
    if age_h <= policy.max_event_age_h:
        return None
    reason = f"the event is {age_h:.1f} h old and {policy.max_event_age_h:g} h are allowed"
    return Decision(False, "late", reason, age_h, policy.max_event_age_h)


def _busy(situation: Situation) -> Decision | None:
    under_way = sum(run.state == "running" for run in situation.past)
    if not under_way:
        return None
    reason = f"{under_way} run is under way, and one runs at a time; it is asked again"
    return Decision(False, "busy", reason, under_way, 0, again=True)


def _repeated(situation: Situation) -> Decision | None:
    done = next((run for run in situation.past if run.repeated and run.state == "succeeded"), None)
    if done is None:
        return None
    return Decision(False, "repeated", f"run {done.id} has done this window with this code and configuration")


def _cool_down(situation: Situation, policy: Policy) -> Decision | None:
    if situation.request.reason == "manual" or not situation.past:
        return None
    passed_h = _hours(max(run.started for run in situation.past), situation.now)
    if passed_h >= policy.cool_down_h:
        return None
    reason = f"the last run started {passed_h:.1f} h ago and {policy.cool_down_h:g} h must pass"
    age_then_h = _hours(situation.request.published, situation.now) + policy.cool_down_h - passed_h
    again = age_then_h <= policy.max_event_age_h
    reason += "; it is asked again" if again else ""
    return Decision(False, "cool-down", reason, passed_h, policy.cool_down_h, again)


def _over_budget(situation: Situation, policy: Policy) -> Decision | None:
    within_h = policy.budget_days * 24
    started = sum(_hours(run.started, situation.now) < within_h for run in situation.past)
    if started < policy.max_runs:
        return None
    reason = f"{started} runs started within {policy.budget_days:g} days and {policy.max_runs} are allowed"
    return Decision(False, "budget", reason, started, policy.max_runs)


def _hours(since: dt.datetime, until: dt.datetime) -> float:
    return (until - since) / dt.timedelta(hours=1)
