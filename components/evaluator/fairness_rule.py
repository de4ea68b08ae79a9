"""Is a metric alike in the groups of a column? Decided on plain numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from components.evaluator.policy import FairnessLimit, ModelGatePolicy
from components.evaluator.slices_rule import Group, judged
from components.gates.verdict import Check


def is_fair(
    metrics: Mapping[str, Mapping[str, float]],
    groups: Mapping[str, Group],
    limit: FairnessLimit,
    policy: ModelGatePolicy,
) -> Check:
    """Passes if the highest and the lowest of the groups that are large enough are near enough to each other.

    Args:
      metrics: of the candidate, by `column=value`.
      groups: rows of each.
      limit: column, metric and gap.
      policy: says how many rows are enough. With fewer than two such groups nothing is known, and it fails.
    """
    name, subject = f"{limit.metric} gap at most", limit.column
    large, _ = judged(groups, (limit.column,), limit.metric, policy)
    values = {each: metrics.get(each, {}).get(limit.metric, math.nan) for each in large}
    if len(values) < 2 or not all(math.isfinite(value) for value in values.values()):
        reason = (
            f"fairness of {limit.column} cannot be judged by {limit.metric}: of its "
            f"{_count(groups, limit.column)} groups, {len(values)} are large enough"
        )
        return Check(name, subject, None, limit.max_gap, False, reason)
    lowest, highest = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    gap = values[highest] - values[lowest]
    reason = (
        f"{limit.metric} is {values[highest]:.4g} for {highest} and {values[lowest]:.4g} for {lowest}: "
        f"a gap of {gap:.4g}, allowed {limit.max_gap:g}"
    )
    return Check(name, subject, gap, limit.max_gap, gap <= limit.max_gap, reason)


def _count(groups: Mapping[str, Group], column: str) -> int:
    return sum(name.partition("=")[0] == column for name in groups)
