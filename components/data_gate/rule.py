"""The rule of the data gate: is this data good enough to train on? Decided on plain values."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from components.config_section import EVERY_FIELD, Deciding, PositiveInt, Section
from components.gates.override import Override
from components.gates.verdict import Check, Verdict, conclude

SEVERITIES = ("unknown", "warning", "error")
_MOST_CLASSES = 3  # that a reason names


class DataGatePolicy(Section):
    """What data must have before anything is trained on it: the section `data_gate` of the configuration.

    Attributes:
      min_train_rows, min_eval_rows: fewest labelled rows of a split.
      min_class_rows: fewest rows of each class in each split; of no meaning where the label is a number.
      block_on: lowest severity of anomaly that stops a run.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    min_train_rows: PositiveInt
    min_eval_rows: PositiveInt
    min_class_rows: PositiveInt
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
    """What the rule needs to know of a split.

    Attributes:
      rows: labelled rows.
      class_rows: each class of the label to its rows, those without any included; empty where the label is a
        number.
      label_min, label_max: the extremes of a label that is a number; NaN when it has no values, and where it
        is a class.
    """

    rows: int
    class_rows: Mapping[str, int] = dataclasses.field(default_factory=dict)
    label_min: float = math.nan
    label_max: float = math.nan


def judge(
    anomalies: tuple[Anomaly, ...] | None,
    splits: dict[str, SplitSummary],
    policy: DataGatePolicy,
    *,
    more: tuple[Check, ...] = (),
    notes: tuple[str, ...] = (),
    overrides: Sequence[Override] = (),
) -> Verdict:
    """Passes data with enough rows, a label to learn in each split, and no anomaly of the blocking severity.

    There is something to learn if every class has rows, or if the numbers of a label differ and are finite.

    Args:
      anomalies: of all splits; None when there is no report, which closes the gate.
      splits: name of each split to its statistics.
      policy: the limits.
      more: checks that were made elsewhere.
      notes: sentences that a reader of the verdict must know.
      overrides: of checks that may fail.
    """
    checks = [
        *_enough_rows(splits, policy),
        *(_label(name, split, policy.min_class_rows) for name, split in sorted(splits.items())),
        *_no_anomalies(anomalies, policy.block_on),
        *more,
    ]
    return conclude("data", tuple(checks), notes=notes, overrides=overrides)


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


def _label(name: str, split: SplitSummary, least: int) -> Check:
    return _every_class(name, split, least) if split.class_rows else _spread(name, split)


def _every_class(name: str, split: SplitSummary, least: int) -> Check:
    rare = {each: rows for each, rows in split.class_rows.items() if rows < least}
    fewest = min(split.class_rows.values())
    return Check(
        name="rows of each class at least",
        subject=name,
        measured=fewest,
        threshold=least,
        passed=not rare,
        reason=_too_rare(name, rare, least),
    )


def _too_rare(name: str, rare: Mapping[str, int], least: int) -> str:
    first = list(rare.items())[:_MOST_CLASSES]
    counts = ", ".join(f"{rows or 'no'} row{'s' * (rows != 1)} of the class {each!r}" for each, rows in first)
    more = f" and too few of {len(rare) - len(first)} more classes" if len(rare) > len(first) else ""
    return f"{name} has {counts}{more}, at least {least} of each are needed"


def _spread(name: str, split: SplitSummary) -> Check:
    spread = split.label_max - split.label_min
    return Check(
        name="largest label less the smallest above",
        subject=name,
        measured=spread if math.isfinite(spread) else None,
        threshold=0.0,
        passed=math.isfinite(spread) and spread > 0.0,
        reason=_no_spread(name, split),
    )


def _no_spread(name: str, split: SplitSummary) -> str:
    low, high = split.label_min, split.label_max
    if math.isnan(low) or math.isnan(high):
        return f"{name} has no labels"
    if math.isinf(low) or math.isinf(high):
        return f"{name} has a label that is no finite number: they go from {low:g} to {high:g}"
    return f"{name} has the label {low:g} in every row, so there is nothing to learn"


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
