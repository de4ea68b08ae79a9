"""How much worse a candidate is than the champion on the same rows, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from components.evaluator.influence import INFLUENCES
from components.evaluator.metric_table import BY_NAME
from components.evaluator.metrics import FUNCTIONS
from components.evaluator.paired_rule import Difference

RESAMPLES, SEED = 200, 17  # of a metric without an influence function


def differences(
    kind: str,
    labels: np.ndarray,
    candidate: np.ndarray,
    champion: np.ndarray,
    names: Sequence[str],
    days: np.ndarray | None = None,
) -> dict[str, Difference]:
    """Returns by how much the candidate is worse in each metric, with the standard errors.

    Args:
      kind: of the task.
      labels: [rows].
      candidate: its answers: [rows], or [rows, classes].
      champion: its answers to the same rows.
      names: of the metrics.
      days: [rows], what rows belong together by; None where no column says the day.
    """
    labels, candidate, champion = (each.astype(np.float64) for each in (labels, candidate, champion))
    groups = None if days is None else np.unique(days, return_inverse=True)[1].reshape(-1)
    return {name: _difference(kind, name, labels, candidate, champion, groups) for name in names}


def _difference(
    kind: str,
    name: str,
    labels: np.ndarray,
    candidate: np.ndarray,
    champion: np.ndarray,
    groups: np.ndarray | None,
) -> Difference:
    metric = BY_NAME[name]
    sign = 1.0 if metric.lower_is_better else -1.0
    function = getattr(FUNCTIONS[kind], metric.function)
    loss = sign * (function(labels, candidate) - function(labels, champion))
    rows = len(labels)
    influence = INFLUENCES.get((kind, name))
    if influence is None:
        errors = [_bootstrapped(function, labels, candidate, champion, units) for units in (None, groups)]
        return Difference(loss, errors[0], None if groups is None else errors[1], rows)
    moved = influence(labels, candidate) - influence(labels, champion)
    return Difference(loss, float(np.sqrt((moved**2).sum())), _by_group(moved, groups), rows)


def with_error(kind: str, name: str, labels: np.ndarray, answers: np.ndarray) -> tuple[float, float]:
    """Returns a metric of one model, in its own direction, and its standard error.

    Args:
      kind: of the task.
      name: of the metric, one that has an influence function, as all that can be judged.
      labels: [rows].
      answers: [rows], or [rows, classes].
    """
    labels, answers = labels.astype(np.float64), answers.astype(np.float64)
    function = getattr(FUNCTIONS[kind], BY_NAME[name].function)
    moved = INFLUENCES[kind, name](labels, answers)
    return float(function(labels, answers)), float(np.sqrt((moved**2).sum()))


def _by_group(moved: np.ndarray, groups: np.ndarray | None) -> float | None:
    """Returns the standard error when whole groups are drawn: the root of the squares of their sums."""
    if groups is None:
        return None
    sums = np.bincount(groups, weights=moved)
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1))) if len(sums) > 1 else float("nan")


def _bootstrapped(
    function: Callable[[np.ndarray, np.ndarray], float],
    labels: np.ndarray,
    candidate: np.ndarray,
    champion: np.ndarray,
    groups: np.ndarray | None,
) -> float:
    """Returns the standard deviation of the difference over rows or groups, drawn with replacement."""
    random = np.random.default_rng(SEED)
    members = None
    if groups is not None:
        order = np.argsort(groups, kind="stable")
        members = np.split(order, np.cumsum(np.bincount(groups))[:-1])
    drawn = []
    for _ in range(RESAMPLES):
        if members is None:
            rows = random.integers(0, len(labels), len(labels))
        else:
            chosen = random.integers(0, len(members), len(members))
            rows = np.concatenate([members[each] for each in chosen])
        drawn.append(function(labels[rows], candidate[rows]) - function(labels[rows], champion[rows]))
    return float(np.std(drawn, ddof=1))
