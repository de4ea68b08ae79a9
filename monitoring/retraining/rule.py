"""Decides whether an event starts a run: one module for every trigger, on plain values.

An event is refused, in this order, when it has started a run already, is too old, comes while a run is under
way, asks for what a finished run has done, comes too soon after the last run, or would exceed the budget.
Refused is not lost: the next event decides anew on the data as it is then.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Literal

REASONS = ("schedule", "new-data", "drift", "performance", "manual")
State = Literal["running", "succeeded", "failed"]


@dataclasses.dataclass(frozen=True)
class Policy:
    """What keeps triggers from running away.

    Attributes:
      cool_down_h: hours from the start of one run to the start of the next; people need not wait.
      max_event_age_h: events that were under way for longer start nothing.
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
    """

    event: str
    reason: str
    published: dt.datetime


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
class Decision:
    """Whether to start, and which condition decided.

    Attributes:
      rule: `start`, or the condition that refused: delivered, late, busy, repeated, cool-down, budget.
      reason: one sentence for people.
      measured, threshold: of that condition; None where it compares no numbers.
    """

    start: bool
    rule: str
    reason: str
    measured: float | None = None
    threshold: float | None = None


def decide(request: Request, past: Sequence[PastRun], policy: Policy, now: dt.datetime) -> Decision:
    """Answers one event.

    Raises:
      ValueError: the reason is none of REASONS.
    """
    if request.reason not in REASONS:
        raise ValueError(f"reason {request.reason!r} is none of {', '.join(REASONS)}")
    refusals = (
        _delivered(request, past),
        _late(request, policy, now),
        _busy(past),
        _repeated(past),
        _cool_down(request, past, policy, now),
        _over_budget(past, policy, now),
    )
    start = Decision(True, "start", f"{request.reason} asks for a run, and nothing stands against it")
    return next((refusal for refusal in refusals if refusal), start)


def _delivered(request: Request, past: Sequence[PastRun]) -> Decision | None:
    if any(run.event == request.event for run in past):
        return Decision(False, "delivered", "this event has started a run already")
    return None


def _late(request: Request, policy: Policy, now: dt.datetime) -> Decision | None:
    age_h = _hours(request.published, now)
    if age_h <= policy.max_event_age_h:
        return None
    reason = f"the event is {age_h:.1f} h old and {policy.max_event_age_h:g} h are allowed"
    return Decision(False, "late", reason, age_h, policy.max_event_age_h)


def _busy(past: Sequence[PastRun]) -> Decision | None:
    under_way = sum(run.state == "running" for run in past)
    if not under_way:
        return None
    return Decision(False, "busy", f"{under_way} run is under way, and one runs at a time", under_way, 0)


def _repeated(past: Sequence[PastRun]) -> Decision | None:
    done = next((run for run in past if run.repeated and run.state == "succeeded"), None)
    if done is None:
        return None
    return Decision(False, "repeated", f"run {done.id} has done this window with this code and configuration")


def _cool_down(
    request: Request, past: Sequence[PastRun], policy: Policy, now: dt.datetime
) -> Decision | None:
    if request.reason == "manual" or not past:
        return None
    passed_h = _hours(max(run.started for run in past), now)
    if passed_h >= policy.cool_down_h:
        return None
    reason = f"the last run started {passed_h:.1f} h ago and {policy.cool_down_h:g} h must pass"
    return Decision(False, "cool-down", reason, passed_h, policy.cool_down_h)


def _over_budget(past: Sequence[PastRun], policy: Policy, now: dt.datetime) -> Decision | None:
    within_h = policy.budget_days * 24
    started = sum(_hours(run.started, now) < within_h for run in past)
    if started < policy.max_runs:
        return None
    reason = f"{started} runs started within {policy.budget_days:g} days and {policy.max_runs} are allowed"
    return Decision(False, "budget", reason, started, policy.max_runs)


def _hours(since: dt.datetime, until: dt.datetime) -> float:
    return (until - since) / dt.timedelta(hours=1)
