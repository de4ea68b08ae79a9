"""Every metric of a task, on the whole and by slice; metric_table.py says which there are."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

import numpy as np

from components.evaluator import binary_metrics, multiclass_metrics, regression_metrics
from components.evaluator.metric_table import BINARY, MULTICLASS, REGRESSION, of_task
from components.evaluator.policy import OVERALL

FUNCTIONS: dict[str, ModuleType] = {
    BINARY: binary_metrics,
    MULTICLASS: multiclass_metrics,
    REGRESSION: regression_metrics,
}


def by_slice(
    kind: str, labels: np.ndarray, answers: np.ndarray, columns: Mapping[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    """Computes every metric on all rows and on the rows of each value of each column.

    Args:
      kind: of the task.
      labels: [rows]: ids of classes, or numbers.
      answers: the model's, in the same order: [rows, classes] for several classes, else [rows].
      columns: name to [rows] of values; a slice is named `column=value`.
    """
    metrics = {OVERALL: compute(kind, labels, answers)}
    for column, values in columns.items():
        for value in np.unique(values):
            rows = values == value
            metrics[f"{column}={value}"] = compute(kind, labels[rows], answers[rows])
    return metrics


def compute(kind: str, labels: np.ndarray, answers: np.ndarray) -> dict[str, float]:
    """Computes every metric of the task; NaN where one is undefined, as the AUC of one class is."""
    labels, answers = labels.astype(np.float64), answers.astype(np.float64)
    return {
        metric.name: getattr(FUNCTIONS[kind], metric.function)(labels, answers) for metric in of_task(kind)
    }
