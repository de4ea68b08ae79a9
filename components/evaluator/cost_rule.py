"""Is a model small and fast enough? Decided on plain numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from components.evaluator.policy import OVERALL, ModelGatePolicy
from components.gates.verdict import Check


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a model takes.

    Attributes:
      model_mb: all files of its SavedModel, in megabytes (1,000,000 bytes).
      ms_per_row: CPU time of the Evaluator's process a row, of the median batch.
    """

    model_mb: float
    ms_per_row: float


def is_affordable(cost: Cost | None, policy: ModelGatePolicy) -> Iterator[Check]:
    """Yields a check for each limit that is set; what was not measured does not pass."""
    for name, what, limit, measured, unit in (
        ("model size at most", "the model", policy.max_model_mb, cost and cost.model_mb, "MB"),
        (
            "prediction time at most",
            "a prediction",
            policy.max_ms_per_row,
            cost and cost.ms_per_row,
            "ms a row",
        ),
    ):
        if limit is None:
            continue
        taken = "was not measured" if measured is None else f"takes {measured:.4g} {unit}"
        passed = measured is not None and measured <= limit
        yield Check(name, OVERALL, measured, limit, passed, f"{what} {taken}, allowed {limit:g} {unit}")
