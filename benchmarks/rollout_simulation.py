"""Simulated rollouts: requests and labels by chance, judged by the rules that judge real ones."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from statistics import NormalDist

import numpy as np

from components.evaluator.metric_table import BINARY
from components.evaluator.paired import differences
from serving.rollout.evidence import (
    CANDIDATE,
    CHAMPION,
    EVENTS,
    PAIRS,
    Evidence,
    Labelled,
    StageEvidence,
    Sums,
)
from serving.rollout.guards_rule import look
from serving.rollout.plan import CANARY, RolloutPlan, Stage
from serving.rollout.step_rule import Decision, Kind, Situation, TrafficPolicy, decide

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
CANARY_STAGES = (Stage(0.05, 1_500), Stage(0.25, 7_500), Stage(0.5, 15_000))  # 30,000 requests each
USUAL = {"errors": 0.001, "answers": 0.0, "slow": 0.05}  # how often an event befalls a request


@dataclasses.dataclass(frozen=True)
class Traffic:
    """What befalls requests.

    Attributes:
      champion, candidate: how often an event befalls a request of each, by guard.
      bursts: share of the looks in which both fail 30 times as often.
      shift: of the candidate's answers, in standard deviations of the champion's.
      correlation: of the two models' answers.
    """

    champion: Mapping[str, float] = dataclasses.field(default_factory=lambda: USUAL)
    candidate: Mapping[str, float] = dataclasses.field(default_factory=lambda: USUAL)
    bursts: float = 0.0
    shift: float = 0.0
    correlation: float = 0.9

    def with_candidate(self, **rates: float) -> Traffic:
        """Returns the same traffic, in which other events befall the candidate."""
        return dataclasses.replace(self, candidate={**self.candidate, **rates})


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a simulated rollout ended.

    Attributes:
      decision: the last one.
      asked: requests that the candidate answered.
      pairs: requests that both answered.
      requests: all.
    """

    decision: Decision
    asked: int
    pairs: int
    requests: int


def rollout(
    traffic: Traffic,
    random: np.random.Generator,
    *,
    stages: tuple[Stage, ...] = CANARY_STAGES,
    every: int = 500,
) -> Outcome:
    """Plays a rollout to its end.

    Args:
      traffic: what befalls its requests.
      random: source of chance.
      stages: of its plan.
      every: requests between two looks.
    """
    plan = RolloutPlan("simulated", CANARY, stages)
    stage, requests, evidence = 0, 0, Evidence()
    while True:
        requests += every
        seen = _looked(evidence.stage(stage), traffic, stages[stage].share, every, random)
        evidence = dataclasses.replace(evidence, stages={**evidence.stages, stage: seen})
        decision = decide(_situation(plan, stage, evidence))
        if decision.kind is Kind.ADVANCE:
            stage += 1
        elif decision.kind is not Kind.HOLD:
            of_stages = evidence.stages.values()
            asked, pairs = (sum(each.requests[side] for each in of_stages) for side in (CANDIDATE, PAIRS))
            return Outcome(decision, asked, pairs, requests)


def labelled_days(
    loss: float,
    random: np.random.Generator,
    *,
    rows: int = 5_000,
    correlation: float = 0.9,
    area: float = 0.75,
) -> Iterator[Labelled]:
    """Yields days of labels and both models' scores, normal in each class, as the areas and a loss ask.

    Args:
      loss: of the candidate's AUC.
      random: source of chance.
      rows: of a day, a fifth of them positive.
      correlation: of the two models' scores in a class.
      area: the champion's AUC.
    """
    apart = [np.sqrt(2) * NormalDist().inv_cdf(each) for each in (area, area - loss)]
    mixed = np.array([[1.0, correlation], [correlation, 1.0]])
    while True:
        labels = (random.random(rows) < 0.2).astype(np.float64)
        scores = random.multivariate_normal((0.0, 0.0), mixed, rows) + labels[:, None] * apart
        found = differences(BINARY, labels, scores[:, 1], scores[:, 0], ("AUC",))["AUC"]
        yield Labelled("day", rows, 0.0, 0.0, -found.loss, found.se)


def day_of_turning_back(days: Iterator[Labelled], last: int = 14) -> int | None:
    """Returns on which day of labels the metric guard turns a candidate back; None if on none."""
    plan = RolloutPlan("simulated", CANARY, CANARY_STAGES)
    known: tuple[Labelled, ...] = ()
    for number in range(1, last + 1):
        known = (*known, next(days))
        if look(plan, Evidence(labelled=known), needed=False)[-1].fired:
            return number
    return None


def turned_back_by_z(traffic: Traffic, count: int, random: np.random.Generator, every: int = 500) -> float:
    """Returns the share of rollouts of equal models that a z-test of two rates, at each look, turns back.

    Its level is that of one guard, 1 in 500, as if there were one look.
    """
    alarm = NormalDist().inv_cdf(1 - 1 / 500)
    back = np.zeros(count, bool)
    asked, bad = np.zeros((2, count)), np.zeros((2, count))
    for stage in CANARY_STAGES:
        for _ in range(round(stage.requests / stage.share / every)):
            times = np.where(random.random(count) < traffic.bursts, 30, 1)
            rate = np.minimum(traffic.champion["errors"] * times, 1)
            candidate = random.binomial(every, stage.share, count)
            new = np.array([candidate, every - candidate])
            asked, bad = asked + new, bad + random.binomial(new, rate)
            share = bad.sum(0) / asked.sum(0)
            error = np.sqrt(share * (1 - share) * (1 / asked).sum(0))
            difference = bad[0] / asked[0] - bad[1] / asked[1]
            back |= difference > alarm * np.maximum(error, 1e-12)
    return float(back.mean())


def _situation(plan: RolloutPlan, stage: int, evidence: Evidence) -> Situation:
    readings = look(plan, evidence, needed=False)
    policy = TrafficPolicy(48, "hold")
    return Situation(plan, stage, False, evidence, readings, False, "", "wait", NOW, NOW, policy)


class _Keys(frozenset[int]):
    """So many keys, which nobody asks for: each event befalls a client of its own."""

    def __new__(cls, count: int) -> _Keys:
        keys = super().__new__(cls)
        keys.count = count
        return keys

    def __len__(self) -> int:
        return self.count


def _looked(
    before: StageEvidence, traffic: Traffic, share: float, every: int, random: np.random.Generator
) -> StageEvidence:
    """Returns what is known of a stage after more requests."""
    asked = random.binomial(every, share) if share else every
    times = 30 if random.random() < traffic.bursts else 1
    told = {
        CANDIDATE: (asked, traffic.candidate),
        CHAMPION: (every - asked if share else every, traffic.champion),
    }
    bad = {
        guard: {
            side: len(before.keys(guard, side)) + random.binomial(count, min(rates[guard] * times, 1))
            for side, (count, rates) in told.items()
        }
        for guard in EVENTS
    }
    champion = random.normal(size=every)
    noise = np.sqrt(1 - traffic.correlation**2) * random.normal(size=every)
    moved = (traffic.correlation - 1) * champion + noise + traffic.shift
    pairs = Sums(every, moved.sum(), (moved**2).sum(), champion.sum(), (champion**2).sum())
    requests = {CANDIDATE: asked, CHAMPION: told[CHAMPION][0], PAIRS: every}
    return StageEvidence(
        {side: before.requests.get(side, 0) + count for side, count in requests.items()},
        {guard: {side: _Keys(count) for side, count in sides.items()} for guard, sides in bad.items()},
        1.0,
        before.pairs + pairs,
    )
