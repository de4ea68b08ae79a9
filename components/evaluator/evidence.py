"""What the rule of the model gate decides on beside the metrics, measured on the rows and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from components.evaluator import prediction_drift_rule
from components.evaluator.calibration import offset
from components.evaluator.cost_rule import Cost
from components.evaluator.metric_table import REGRESSION
from components.evaluator.paired import differences
from components.evaluator.policy import ModelGatePolicy
from components.evaluator.rule import Evidence
from components.evaluator.slices_rule import Group
from components.task import Task
from monitoring.baseline import Baseline

if TYPE_CHECKING:  # TensorFlow takes seconds to import, and nothing here needs it
    from components.evaluator.rows import Answers, Rows


def gather(
    task: Task,
    policy: ModelGatePolicy,
    rows: Rows,
    candidate: Answers,
    champion: Answers | None,
    prior: np.ndarray,
    days: np.ndarray | None,
    released: tuple[Baseline | None, str] = (None, ""),
) -> Evidence:
    """Measures what the policy asks for.

    Args:
      task: what the models predict.
      policy: says which metrics are compared.
      rows: labels, and the columns that give slices.
      candidate: its answers to the rows.
      champion: its answers; None for no champion.
      prior: the answers of a model that knows the training labels only.
      days: [rows], of each row's day; None where no column says it.
      released: the champion's answers at its release, or why they are not known.
    """
    losses = (
        {}
        if champion is None
        else differences(task.kind, rows.labels, candidate.values, champion.values, policy.compared, days)
    )
    return Evidence(
        differences=losses,
        groups=_groups(task, rows),
        offset=offset(task.kind, rows.labels, candidate.values),
        beside=offset(task.kind, rows.labels, prior if champion is None else champion.values),
        cost=Cost(candidate.model_mb, candidate.ms_per_row),
        drift=None
        if champion is None
        else prediction_drift_rule.judge(task, champion.values, days, *released, policy.prediction_drift),
    )


def as_metrics(evidence: Evidence, rows: int) -> dict[str, float]:
    """Returns the differences as metrics.json holds them: numbers by name, as of any model's metrics."""
    values = {"ExampleCount": float(rows)}
    for name, found in evidence.differences.items():
        values |= {f"{name} loss": found.loss, f"{name} se": found.se}
        if found.se_by_day is not None:
            values[f"{name} se by day"] = found.se_by_day
    return values


def _groups(task: Task, rows: Rows) -> dict[str, Group]:
    """Returns the rows of each slice, and of each class in it."""
    found = {}
    for column, values in rows.columns.items():
        for value in np.unique(values):
            labels = rows.labels[values == value]
            classes = (
                ()
                if task.kind == REGRESSION
                else np.bincount(labels.astype(int), minlength=len(task.classes))
            )
            found[f"{column}={value}"] = Group(len(labels), tuple(int(count) for count in classes))
    return found
