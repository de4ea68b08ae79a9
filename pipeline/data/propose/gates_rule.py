"""The limits of the gates, from what gradient boosting reached on the same rows. Pure Python."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from components.evaluator.metric_table import BY_NAME

_KEPT = 0.5  # of what boosting gains over the prior, a candidate has to gain so much
_SURE = 2.0  # standard errors


@dataclasses.dataclass(frozen=True)
class Limit:
    """One line of model_gate.thresholds.

    Attributes:
      metric: its name.
      lower_is_better: its direction.
      floor: what a candidate has to reach: at least, or at most where lower is better; None where boosting
        sets no limit.
      tolerance: how much worse than the champion it may be.
      why: where the numbers come from.
    """

    metric: str
    lower_is_better: bool
    floor: float | None
    tolerance: float
    why: str


def limits(scores: Mapping[str, tuple[float, float, float]], *, weighted: bool) -> tuple[Limit, ...]:
    """Returns the limits of each metric.

    Args:
      scores: metric to its value by gradient boosting, the value's standard error, and the value of
        the prior: the same answer to every row.
      weighted: whether classes are weighted, after which probabilities are no shares any more, and their
        loss says nothing.
    """
    found = []
    for metric, (value, error, without) in scores.items():
        if weighted and metric.endswith("Crossentropy"):
            continue
        found.append(_limit(metric, value, error, without))
    return tuple(found)


def gains(metric: str, value: float, without: float) -> bool:
    """Whether a value is better than the prior's, be it by chance."""
    return value < without if BY_NAME[metric].lower_is_better else value > without


def is_learnable(value: float, error: float, without: float) -> bool:
    """Whether boosting is better than the prior, beyond chance."""
    return abs(value - without) > _SURE * error


def _limit(metric: str, value: float, error: float, without: float) -> Limit:
    lower = bool(BY_NAME[metric].lower_is_better)
    sign = 1.0 if lower else -1.0
    why = f"boosting {_digits(value)} ± {_digits(error)}, prior {_digits(without)}"
    gain = max(sign * (without - value), 0.0)
    floor = without - sign * _KEPT * gain + sign * _SURE * error
    lowest, highest = BY_NAME[metric].range
    floor = min(max(floor, lowest), highest)
    if not gain and metric.endswith("Crossentropy"):
        # One answer that is too sure costs a loss much, so what boosting's is says nothing of a sound model;
        # and at the prior itself, a model that has learned nothing is stopped by chance.
        return Limit(
            metric, lower, None, _rounded(max(error, 0.001 * abs(value)), up=True), f"{why}: no limit"
        )
    tolerance = max(error, gain * 0.02, 0.001 * abs(value))
    floor = _rounded(floor, up=lower)
    if gain:  # never looser than the prior
        prior = _rounded(without, up=not lower, digits=4)
        floor = min(floor, prior) if lower else max(floor, prior)
    return Limit(metric, lower, floor, _rounded(tolerance, up=True), why)


def _rounded(value: float, *, up: bool, digits: int = 2) -> float:
    """Returns a value with so many digits that count."""
    if value == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    steps = round(value / step, 6)  # 0.68 / 0.01 is a little less than 68
    rounded = (math.ceil if up else math.floor)(steps) * step
    return float(f"{rounded:.6g}")


def _digits(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1_000 else f"{value:,.0f}"
