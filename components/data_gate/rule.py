"""The rule of the data gate: is this data good enough to train on? Decided on plain values."""

from __future__ import annotations

import dataclasses
import math
from typing import ClassVar, Literal

from components.config_section import EVERY_FIELD, Deciding, PositiveInt, Section
from components.gates.verdict import Check, Verdict, conclude

SEVERITIES = ("unknown", "warning", "error")


class DataGatePolicy(Section):
    """What data must have before anything is trained on it: the section `data_gate` of the configuration.

    Attributes:
      min_train_rows, min_eval_rows: fewest labelled rows of a split.
      block_on: lowest severity of anomaly that stops a run.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    min_train_rows: PositiveInt
    min_eval_rows: PositiveInt
    block_on: Literal["error", "warning"]


@dataclasses.dataclass(frozen=True)
class Anomaly:
    """One anomaly that TFDV reports for one split."""

    split: str
    column: str
    severity: str
    description: str


@dataclasses.dataclass(frozen=True)
class SplitSummary:
    """The statistics of a split that the rule needs.

    Attributes:
      rows: labelled rows.
      label_min, label_max: the extremes of the label; NaN when it has no values.
    """

    rows: int
    label_min: float
    label_max: float


def judge(
    anomalies: tuple[Anomaly, ...] | None, splits: dict[str, SplitSummary], policy: DataGatePolicy
) -> Verdict:
    """Passes data with enough rows, both classes in each split, and no anomaly of the blocking severity.

    Args:
      anomalies: of all splits; None when there is no report, which closes the gate.
      splits: name of each split to its statistics.
      policy: the limits.
    """
    checks = [
        *_enough_rows(splits, policy),
        *_both_classes(splits),
        *_no_anomalies(anomalies, policy.block_on),
    ]
    return conclude("data", tuple(checks))


def _enough_rows(splits: dict[str, SplitSummary], policy: DataGatePolicy) -> list[Check]:
    checks = []
    for split, least in (("train", policy.min_train_rows), ("eval", policy.min_eval_rows)):
        rows = splits[split].rows if split in splits else None
        checks.append(
            Check(
                name="rows at least",
                subject=split,
                measured=rows,
                threshold=least,
                passed=rows is not None and rows >= least,
                reason=f"{split} has {'no' if rows is None else rows} rows, at least {least} are needed",
            )
        )
    return checks


def _both_classes(splits: dict[str, SplitSummary]) -> list[Check]:
    checks = []
    for name, split in sorted(splits.items()):
        spread = split.label_max - split.label_min
        checks.append(
            Check(
                name="label spread above",
                subject=name,
                measured=None if math.isnan(spread) else spread,
                threshold=0.0,
                passed=spread > 0.0,
                reason=_one_class(name, split),
            )
        )
    return checks


def _one_class(name: str, split: SplitSummary) -> str:
    if math.isnan(split.label_min):
        return f"{name} has no labels"
    return f"{name} has labels of one class only: {split.label_min:g} to {split.label_max:g}"


def _no_anomalies(anomalies: tuple[Anomaly, ...] | None, block_on: str) -> list[Check]:
    if anomalies is None:
        return [Check("anomalies at most", "report", None, 0, False, "there is no report of anomalies")]
    blocking = [a for a in anomalies if SEVERITIES.index(a.severity) >= SEVERITIES.index(block_on)]
    if not blocking:
        return [Check("anomalies at most", "all columns", 0, 0, True, "no anomalies")]
    return [
        Check(
            name="anomaly",
            subject=f"{anomaly.split}/{anomaly.column}",
            measured=1,
            threshold=0,
            passed=False,
            reason=f"column {anomaly.column!r} of {anomaly.split}: {anomaly.description}",
        )
        for anomaly in blocking
    ]
