"""The limits of the gates, from what gradient boosting reached on the same rows. Pure Python."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from components.evaluator.metric_table import BY_NAME

_KEPT = 0.5  # of what boosting gains over the prior, a candidate has to gain so much
_SURE = 2.0  # standard errors
_LOOSEST = 1.05  # of the prior's loss, however uncertain boosting's is
# The gate refuses a candidate unless its loss and 1.645 standard errors of that loss are within the margin.
# A model that is as good as the champion exceeds a margin of 2 * 1.645 standard errors 5 times of 100. Two
# models of one table are right and wrong on much the same rows: over pairs of boosting and of small networks,
# fitted on other rows of tables with 150 to 400 rows that judge, the error of their difference was 0.2 to 0.6
# of the error of one (a correlation of 0.82 to 0.98). It is taken as 0.7, which makes the error of the
# difference 0.77 of boosting's, and refused 0 to 1 of 100 such pairs. Models that learn nothing agree on
# nothing, and are refused more often.
_CORRELATION = 0.7
_EQUAL_PASS = 2 * 1.645 * math.sqrt(2 * (1 - _CORRELATION))
_BETTER = 0.1  # of an AUC: more than that is rarely true


@dataclasses.dataclass(frozen=True)
class Limit:
    """One line of model_gate.thresholds.

    Attributes:
      metric: its name.
      lower_is_better: its direction.
      floor: what a candidate has to reach: at least, or at most where lower is better.
      tolerance: how much worse than the champion it may be.
      most_better: how much better it may be, of an AUC; None for others.
      why: where the numbers come from.
    """

    metric: str
    lower_is_better: bool
    floor: float
    tolerance: float
    most_better: float | None
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


def gain(metric: str, value: float, without: float) -> float:
    """Returns how much better boosting is than the prior; below 0 if it is worse."""
    return without - value if BY_NAME[metric].lower_is_better else value - without


def is_learnable(metric: str, value: float, error: float, without: float) -> bool:
    """Whether boosting is better than the prior, beyond chance."""
    return gain(metric, value, without) > _SURE * error


def _limit(metric: str, value: float, error: float, without: float) -> Limit:
    lower = bool(BY_NAME[metric].lower_is_better)
    sign = 1.0 if lower else -1.0
    gained = max(gain(metric, value, without), 0.0)
    floor = without - sign * _KEPT * gained + sign * _SURE * error
    if metric.endswith("Crossentropy"):  # it jumps where a model is too sure, and so does boosting's error
        floor = min(floor, _LOOSEST * without)
    elif gained:
        floor = min(floor, without) if lower else max(floor, without)
    lowest, highest = BY_NAME[metric].range
    floor = min(max(floor, lowest), highest)
    tolerance = max(_EQUAL_PASS * error, gained * 0.02, 0.001 * abs(value))
    tolerance = min(_rounded(tolerance, up=True), highest - lowest)
    most_better = min(max(_BETTER, tolerance), highest - lowest) if metric == "AUC" else None
    why = f"boosting {_digits(value)} ± {_digits(error)}, prior {_digits(without)}"
    return Limit(metric, lower, _rounded(floor, up=lower), tolerance, most_better, why)


def _rounded(value: float, *, up: bool) -> float:
    """Returns a value with two digits after the first that counts, in the direction that allows more."""
    if value == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    steps = round(value / step, 6)  # 0.68 / 0.01 is a little less than 68
    rounded = (math.ceil if up else math.floor)(steps) * step
    return float(f"{rounded:.6g}")


def _digits(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1_000 else f"{value:,.0f}"
