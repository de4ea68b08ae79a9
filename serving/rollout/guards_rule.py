"""The five guards of a rollout: what each knows of the candidate, and whether it turns it back.

    errors       server errors and timeouts of the model fall on the candidate more than on the champion
    answers      so do answers that are NaN or infinite, or no probability where the model answers one
    slow         so do calls slower than what the champion needs
    predictions  on the same requests it answers otherwise, on average, than it did when it was judged
    metric       on rows whose labels came, it is worse

Each alarms falsely in at most one of `e_limit` rollouts, however often it is looked at; docs/rollouts.md has
what was measured. A client counts once a stage in the first three, so that a few broken ones decide nothing.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

from serving.rollout import sequential_rule
from serving.rollout.evidence import ANSWERS, CANDIDATE, CHAMPION, ERRORS, SLOW, Evidence, Labelled, Sums
from serving.rollout.plan import GuardLimits, RolloutPlan
from serving.rollout.sequential_rule import Estimate, Events

SHADOW_SHARE = 0.5  # each request of a shadow stage is answered by both
PREDICTIONS, METRIC = "predictions", "metric"
BROKEN = "broken"  # why a guard is blind that cannot judge at all
_EVENTS = {ERRORS: "failed requests", ANSWERS: "unusable answers", SLOW: "slow calls"}


@dataclass(frozen=True)
class GuardReading:
    """What a guard knows.

    Attributes:
      name: of the guard.
      evidence: against the candidate, in the unit of the limit.
      limit: above it the candidate is turned back.
      fired: whether it is.
      text: what is known, beside the limit, and how much more is needed; one line.
      blind: why it could not fire yet, whatever the candidate did; empty where it could.
    """

    name: str
    evidence: float
    limit: float
    fired: bool
    text: str
    blind: str = ""


def look(plan: RolloutPlan, evidence: Evidence, *, needed: bool = True) -> tuple[GuardReading, ...]:
    """Returns what each guard knows now.

    Args:
      plan: of the rollout.
      evidence: of all its stages, of one server or of all together.
      needed: whether the texts say how much more is needed, which takes most of the time.
    """
    judges: dict[str, Callable[[], GuardReading]] = {
        name: functools.partial(_events, name, plan, evidence, needed) for name in _EVENTS
    }
    judges[PREDICTIONS] = functools.partial(_predictions, plan, evidence, needed)
    judges[METRIC] = functools.partial(_metric, plan, evidence.labelled, needed)
    return tuple(_reading(name, judge) for name, judge in judges.items())


def _reading(name: str, judge: Callable[[], GuardReading]) -> GuardReading:
    """Returns what a guard knows; of one that cannot judge, that it is broken: the others go on."""
    try:
        reading = judge()
        if not math.isfinite(reading.evidence):
            raise ArithmeticError(f"its evidence is {reading.evidence}")
    except (ArithmeticError, ValueError, LookupError) as error:
        text = f"cannot judge by the limits and the evidence it has: {type(error).__name__}: {error}"
        return GuardReading(name, 0.0, 0.0, False, text, BROKEN)
    return reading


def _events(name: str, plan: RolloutPlan, evidence: Evidence, needed: bool) -> GuardReading:
    limits = plan.limits
    stages = [
        Events(
            plan.stages[index].share or SHADOW_SHARE,
            len(stage.keys(name, CANDIDATE)),
            len(stage.keys(name, CHAMPION)),
        )
        for index, stage in sorted(evidence.stages.items())
    ]
    found = sequential_rule.share_evidence(stages, limits.event_tolerance, limits.ratios)
    candidate, champion = sum(each.on_candidate for each in stages), sum(each.on_champion for each in stages)
    fired = found > limits.e_limit
    text = (
        f"{_EVENTS[name]}{_threshold(plan, evidence) if name == SLOW else ''}: {candidate:,} on the "
        f"candidate, {champion:,} on the champion; evidence {found:,.3g}, limit {limits.e_limit:g}"
    )
    if needed and stages and not fired:
        more = sequential_rule.more_events(stages, limits.event_tolerance, limits.ratios, limits.e_limit)
        text += f"; {more:,} more on the candidate turn it back"
    return GuardReading(
        name, found, limits.e_limit, fired, text, "" if fired else _unseen(name, plan, evidence)
    )


def _unseen(name: str, plan: RolloutPlan, evidence: Evidence) -> str:
    """Returns why bad events cannot turn the candidate back yet; empty where they can."""
    last = max(evidence.stages, default=0)
    if name == SLOW and evidence.stage(last).slow_over_ms is None:
        return "what is slow is not known yet"
    asked = sum(stage.requests.get(CANDIDATE, 0) for stage in evidence.stages.values())
    least = _least(plan.stages[last].share or SHADOW_SHARE, plan.limits)
    return f"asked {asked:,} times, and it takes {least:,} faults" if asked < least else ""


@functools.lru_cache
def _least(share: float, limits: GuardLimits) -> int:
    """Returns how many bad events on the candidate alone turn it back."""
    nothing = (Events(share, 0, 0),)
    return sequential_rule.more_events(nothing, limits.event_tolerance, limits.ratios, limits.e_limit)


def _threshold(plan: RolloutPlan, evidence: Evidence) -> str:
    """Returns from when on a call is slow, for people."""
    last = evidence.stage(max(evidence.stages, default=0))
    if last.slow_over_ms is not None:
        return f" (over {last.slow_over_ms:.3g} ms)"
    seen, needed = last.requests.get(CHAMPION, 0), plan.limits.slow_baseline
    return f" (known after {needed:,} calls of the champion, {seen:,} so far)"


def _predictions(plan: RolloutPlan, evidence: Evidence, needed: bool) -> GuardReading:
    limits, pairs = plan.limits, sum((each.pairs for each in evidence.stages.values()), Sums())
    estimate = _shift(pairs)
    if estimate is None:
        text = (
            f"answers to the same requests: not enough pairs that differ among themselves ({pairs.count:,})"
        )
        return GuardReading(PREDICTIONS, 0.0, plan.shift_limit, False, text, "nothing to compare")
    radius = sequential_rule.radius(estimate.variance, limits.shift_scale, limits.e_limit)
    surely = max(abs(estimate.mean - plan.expected_shift_sd) - radius, 0.0)
    limit = plan.shift_limit
    fired = surely > limit
    judged = f"{plan.expected_shift_sd:+.3f} was judged" if plan.expected_shift_sd else "none was judged"
    text = (
        f"answers to the same requests: shifted by {estimate.mean:+.3f} ± {radius:.3f} sd, {judged}, on "
        f"{pairs.count:,} pairs; surely {surely:.3f}, limit {limit:.3g}"
    )
    if needed and not fired:
        target, from_it = max(limits.shift_scale, 2 * limit), " from it" if plan.expected_shift_sd else ""
        times = _times(estimate.variance, target - limit, limits.shift_scale, limits.e_limit)
        text += f"; {_needed(times, pairs.count, 'pairs', f'a shift of {target:.3g} sd{from_it}')}"
    return GuardReading(PREDICTIONS, surely, limit, fired, text)


def _metric(plan: RolloutPlan, days: tuple[Labelled, ...], needed: bool) -> GuardReading:
    limits, inverse_alpha = plan.limits, plan.limits.e_limit / 2  # one side only
    judged = [each for each in days if math.isfinite(each.difference + each.standard_error)]
    estimate = sequential_rule.pooled(
        Estimate(-each.difference, _floored(each.standard_error**2, each.rows)) for each in judged
    )
    if estimate is None:
        text = "rows with labels: none came since the rollout began"
        return GuardReading(METRIC, 0.0, limits.metric_loss, False, text, "no labels")
    radius = sequential_rule.radius(estimate.variance, limits.metric_scale, inverse_alpha)
    surely = estimate.mean - radius
    fired = surely > limits.metric_loss
    rows = sum(each.rows for each in judged)
    text = (
        f"rows with labels: {_compared(estimate.mean)} ± {radius:.4f} on {rows:,} rows of "
        f"{len(judged)} span{'s' * (len(judged) > 1)}; surely {max(surely, 0.0):.4f}, "
        f"limit {limits.metric_loss:g}"
    )
    if needed and not fired:
        target = max(limits.metric_scale, 2 * limits.metric_loss)
        times = _times(estimate.variance, target - limits.metric_loss, limits.metric_scale, inverse_alpha)
        text += f"; {_needed(times, rows, 'rows', f'a loss of {target:g}')}"
    return GuardReading(METRIC, max(surely, 0.0), limits.metric_loss, fired, text)


def _compared(loss: float) -> str:
    """Returns on which side the candidate is, and by how much."""
    return f"{'better' if loss < 0 else 'worse'} by {abs(loss):.4f}"


def _shift(pairs: Sums) -> Estimate | None:
    """Returns candidate less champion in standard deviations of the champion's answers; None if unknown."""
    if pairs.count < 2:
        return None
    mean, mean_champion = pairs.difference / pairs.count, pairs.champion / pairs.count
    squares = pairs.champion_squares / pairs.count
    spread = squares - mean_champion**2
    if not spread > 1e-9 * squares:  # the champion's answers are all the same, or no numbers
        return None
    variance = max(pairs.difference_squares / pairs.count - mean**2, 0.0) / spread / (pairs.count - 1)
    return Estimate(mean / math.sqrt(spread), _floored(variance, pairs.count))


def _floored(variance: float, rows: int) -> float:
    """Returns the variance of a mean, at least what a single row may add: few rows look too sure."""
    return max(variance, 1 / rows**2)


def _times(variance: float, beyond: float, scale: float, inverse_alpha: float) -> float:
    """Returns how many times the rows would show a difference that is so far beyond its limit."""
    return variance / sequential_rule.variance_for(beyond, scale, inverse_alpha)


def _needed(times: float, count: int, unit: str, what: str) -> str:
    more = max(math.ceil((times - 1) * count), 0)
    return f"about {more:,} {unit} more show {what}" if more else f"{what} would be seen by now"
