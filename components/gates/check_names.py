"""The names of the checks of each gate, by which an override names one.

A gate that makes a check of another name adds it here; a test reads the code of the gates and says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from components.did_you_mean import did_you_mean
from components.gates import data_checks
from components.shown import shown

METRIC = "{metric}"  # stands for each metric that the model gate can judge

CHECKS: Mapping[str, tuple[str, ...]] = {
    "data": (
        "rows at least",
        "rows of each class at least",
        "largest label less the smallest above",
        "anomalies at most",
        "anomaly",
        "champion answers",
        *data_checks.ALL,
    ),
    "model": (
        f"{METRIC} at least",
        f"{METRIC} at most",
        f"{METRIC} worse than champion by at most",
        f"{METRIC} better than champion by at most",
        f"{METRIC} suspicious above",
        f"{METRIC} gap at most",
        "calibration within",
        "model size at most",
        "prediction time at most",
        "on_first_run",
        "on_overlap",
        "threshold",
        "evaluated",
        "prediction drift",
    ),
    "infra": (
        "served",
        "rows answered at least",
        "signatures differ by at most",
        "requests answered under load",
        "p99 under load at most",
        "p99 under load beside champion at most",
        "memory under load at most",
        "memory under load beside champion at most",
        "champion under load",
    ),
}


def fault_of(gate: str, check: str, metrics: Sequence[str]) -> str | None:
    """Returns why no check of a gate is called so; None if one is."""
    names = names_of(gate, metrics)
    if check in names:
        return None
    return (
        f"the {gate} gate has no check {shown(check)}{did_you_mean(check, names)}; a verdict and the "
        "summary of a run say how checks are called"
    )


def names_of(gate: str, metrics: Sequence[str]) -> tuple[str, ...]:
    """Returns the names of a gate's checks.

    Args:
      gate: `data`, `model` or `infra`.
      metrics: that the model gate can judge.
    """
    return tuple(
        name.replace(METRIC, metric)
        for name in CHECKS[gate]
        for metric in (metrics if METRIC in name else ("",))
    )
