"""What becomes of a rollout at a look. Decided on plain values, after the drawing of `decide`."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass

from serving.rollout.evidence import CANDIDATE, PAIRS, Evidence
from serving.rollout.guards_rule import GuardReading
from serving.rollout.plan import AB, RolloutPlan

HOLD, PROMOTE, ASK = "hold", "promote", "ask"  # of too little traffic
SUPERSEDE, WAIT = "supersede", "wait"  # of a newer candidate


class Kind(enum.Enum):
    """What a look decides."""

    HOLD = "hold"
    ADVANCE = "advance"
    PROMOTE = "promote"
    TURN_BACK = "turn_back"
    ASK = "ask"
    END = "end"


@dataclass(frozen=True)
class TrafficPolicy:
    """What happens to a stage that does not get its requests.

    Attributes:
      after_h: hours after which there is too little traffic.
      then: hold, promote (the stage counts as passed) or ask (a person decides).
    """

    after_h: float
    then: str


@dataclass(frozen=True)
class Situation:
    """All that a look decides on.

    Attributes:
      plan: of the rollout.
      stage: its number, from 0.
      paused: whether a person stopped it from going on.
      evidence: of all servers together.
      readings: of the guards, on this evidence.
      champion_changed: whether another version is live than the one it began beside.
      newer: the version of a newer candidate that waits; empty without one.
      on_newer: supersede or wait.
      now, stage_since: with time zones.
      too_little: the policy.
    """

    plan: RolloutPlan
    stage: int
    paused: bool
    evidence: Evidence
    readings: tuple[GuardReading, ...]
    champion_changed: bool
    newer: str
    on_newer: str
    now: dt.datetime
    stage_since: dt.datetime
    too_little: TrafficPolicy


@dataclass(frozen=True)
class Decision:
    """What a look decides.

    Attributes:
      kind: what.
      reason: why, in one line.
      guard: the one that turned it back; empty otherwise.
    """

    kind: Kind
    reason: str
    guard: str = ""


def decide(situation: Situation) -> Decision:
    """Returns what becomes of a rollout; the first of these that is so, from the top.

    a server or a guard turned it back ──▶ TURN_BACK   quarantined, paused or not
    the champion is another one        ──▶ END         a candidate again
    paused                             ──▶ HOLD
    a newer candidate supersedes it    ──▶ END         a candidate again; an A/B is left to a person
    the stage has its requests         ──▶ ADVANCE     or PROMOTE from the last one; an A/B: ASK
    too little traffic                 ──▶ HOLD, ASK, or as if the stage had its requests
    else                               ──▶ HOLD
    """
    turned_back = _turned_back(situation)
    if turned_back:
        return turned_back
    if situation.champion_changed:
        return Decision(Kind.END, "another version is live than the one it was compared with")
    if situation.paused:
        return Decision(Kind.HOLD, "paused; the guards go on watching")
    if situation.newer and situation.on_newer == SUPERSEDE and situation.plan.kind != AB:
        return Decision(Kind.END, f"superseded by {situation.newer}")
    seen, needed = requests_of(situation.plan, situation.stage, situation.evidence)
    what = f"{seen:,} of {needed:,} {_unit(situation)}"
    if seen >= needed:
        return _passed(situation, f"{what}, and no guard fired")
    if situation.now - situation.stage_since >= dt.timedelta(hours=situation.too_little.after_h):
        return _too_little(situation, what)
    return Decision(Kind.HOLD, f"{what} so far")


def requests_of(plan: RolloutPlan, stage: int, evidence: Evidence) -> tuple[int, int]:
    """Returns how many requests of a stage count so far, and how many it needs.

    In a shadow stage pairs count, requests that both versions answered; in a canary stage the candidate's.
    """
    needed = plan.stages[stage]
    counted = CANDIDATE if needed.share else PAIRS
    return evidence.stage(stage).requests.get(counted, 0), needed.requests


def _turned_back(situation: Situation) -> Decision | None:
    told = situation.evidence.turned_back
    if told:
        return Decision(Kind.TURN_BACK, f"{told.guard}: {told.text}", told.guard)
    for reading in situation.readings:
        if reading.fired:
            return Decision(Kind.TURN_BACK, f"{reading.name}: {reading.text}", reading.name)
    return None


def _passed(situation: Situation, why: str) -> Decision:
    if situation.plan.kind == AB:
        return Decision(Kind.ASK, f"{why}; a person decides which version stays")
    if situation.stage + 1 == len(situation.plan.stages):
        return Decision(Kind.PROMOTE, why)
    return Decision(Kind.ADVANCE, why)


def _too_little(situation: Situation, what: str) -> Decision:
    hours = f"{what} after {situation.too_little.after_h:g} h"
    if situation.too_little.then == PROMOTE:
        return _passed(situation, f"{hours}, and no guard fired; too little traffic promotes")
    if situation.too_little.then == ASK:
        return Decision(Kind.ASK, f"{hours}; a person decides")
    return Decision(Kind.HOLD, f"{hours}; it waits for more")


def _unit(situation: Situation) -> str:
    return "requests of the candidate" if situation.plan.stages[situation.stage].share else "pairs"
