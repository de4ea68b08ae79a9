"""Tests that may be looked at at any time, as plain functions of counts and sums.

A guard looks again and again and stops at the first alarm, so a test for one look alarms falsely far too
often: at a level of 0.2 %, a z-test at each look turned back 13 % of the rollouts of equal models
(docs/rollouts.md). These bound the chance of a false alarm over all looks together.

Sources: the share of events is a sequential probability ratio of Bernoulli draws, averaged over suspected
ratios: a test martingale. Lindon and Malek count events of several streams so (arXiv 2011.03567), and
Netflix quantiles and counts of its canaries (arXiv 2205.14762). The intervals of a mean are Robbins' normal
mixture, in the form of Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic
confidence sequences" (2021), with an estimated variance.
"""

from __future__ import annotations

import bisect
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LARGEST = 1e12  # evidence above it is shown as this much: its power would overflow
MOST_EVENTS = 2**40  # that `more_events` counts to
_TINY = sys.float_info.min  # the square of a small scale may be 0, and is divided by


@dataclass(frozen=True)
class Events:
    """Bad events while the candidate's share of the traffic was constant.

    Attributes:
      share: of the traffic, from 0 to 1; with 1 events say nothing, as none could fall elsewhere.
      on_candidate, on_champion: how many fell on each.
    """

    share: float
    on_candidate: int
    on_champion: int


@dataclass(frozen=True)
class Estimate:
    """A mean, and how sure it is.

    Attributes:
      mean: in the unit of what is measured.
      variance: of the mean, above 0.
    """

    mean: float
    variance: float


def share_evidence(stages: Iterable[Events], tolerance: float, ratios: Sequence[float]) -> float:
    """Returns the evidence that events fall on the candidate more than its share and a tolerance explain.

    Of each event it asks only on whom it fell. So bursts do not matter: an outage that hits both hits them by
    their shares. Where the candidate's rate is at most `tolerance` times the champion's, the evidence ever
    exceeds 500 in at most one of 500 rollouts.

    Args:
      stages: events by stage, each with its own share.
      tolerance: what the candidate's rate may be, in the champion's; at least 1.
      ratios: how many times the tolerated rate is suspected, each above 1; their evidence is averaged.

    Returns:
      From 0 to LARGEST; 1 before the first event.
    """
    told = tuple(stages)
    logs = [math.fsum(_log_ratio(each, tolerance, ratio) for each in told) for ratio in ratios]
    return math.fsum(math.exp(min(each, math.log(LARGEST))) for each in logs) / len(logs)


def _log_ratio(events: Events, tolerance: float, ratio: float) -> float:
    """Returns the log-likelihood ratio of a rate `ratio` times the tolerated one to the tolerated one."""
    weight, rest = events.share * tolerance, 1 - events.share
    expected = weight / (weight + rest)
    # How much more the suspicion expects an event on the candidate, and how much less one on the champion.
    more = (ratio - 1) * rest / (ratio * weight + rest)
    return events.on_candidate * math.log1p(more) - events.on_champion * math.log1p((ratio - 1) * expected)


def more_events(stages: Sequence[Events], tolerance: float, ratios: Sequence[float], limit: float) -> int:
    """Returns how many more events on the candidate, one after the other, bring the evidence to a limit.

    No more than MOST_EVENTS: where the candidate gets all the traffic, no number of them does.

    Args:
      stages: as for `share_evidence`; the events are added to the last one. At least one.
      tolerance: as for `share_evidence`.
      ratios: as for `share_evidence`.
      limit: of the evidence, below LARGEST / len(ratios).
    """

    def reached(more: int) -> bool:
        last = stages[-1]
        with_more = Events(last.share, last.on_candidate + more, last.on_champion)
        return share_evidence((*stages[:-1], with_more), tolerance, ratios) >= limit

    powers = (2**power for power in range(MOST_EVENTS.bit_length()))
    most = next((each for each in powers if reached(each)), MOST_EVENTS)
    return bisect.bisect_left(range(most), True, key=reached)


def radius(variance: float, scale: float, inverse_alpha: float) -> float:
    """Returns how far a mean may be from the true one, at every look, but for a chance of 1 / inverse_alpha.

    Args:
      variance: of the mean now, above 0.
      scale: the size of a difference that is to be found soonest, in the unit of the mean.
      inverse_alpha: above 1; for one side, half of what both sides together would take.
    """
    prior = max(scale * scale, _TINY)
    spread = variance * (variance + prior) / prior
    return math.sqrt(spread * (2 * math.log(inverse_alpha) + math.log((variance + prior) / variance)))


def variance_for(target: float, scale: float, inverse_alpha: float) -> float:
    """Returns the variance of a mean whose radius is `target`: what it has to fall to, to be so sure.

    Args:
      target: of the radius, above 0.
      scale: as for `radius`.
      inverse_alpha: as for `radius`.
    """
    prior, variance = max(scale * scale, _TINY), target * target / (2 * math.log(inverse_alpha))
    for _ in range(60):  # halves the distance, in logarithms, each time and more
        spread = (variance + prior) / prior * (2 * math.log(inverse_alpha) + math.log(1 + prior / variance))
        variance = math.sqrt(variance * target * target / spread)
    return variance


def pooled(parts: Iterable[Estimate]) -> Estimate | None:
    """Returns the mean of estimates, each weighed by how sure it is; None without one."""
    weights, weighted = 0.0, 0.0
    for part in parts:
        weights += 1 / part.variance
        weighted += part.mean / part.variance
    return Estimate(weighted / weights, 1 / weights) if weights else None
