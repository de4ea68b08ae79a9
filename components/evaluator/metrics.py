"""Metrics of a binary classifier on arrays, per slice. Names are TFMA's."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from components.evaluator.rule import OVERALL

_EPSILON = 1e-7  # Keras' clipping of probabilities, so that log loss agrees with it


def by_slice(
    labels: np.ndarray, probabilities: np.ndarray, columns: Mapping[str, np.ndarray]
) -> dict[str, dict[str, float]]:
    """Computes every metric on all rows and on the rows of each value of each column.

    Args:
      labels: [rows], 0 or 1.
      probabilities: [rows], of label 1.
      columns: name to [rows] of values; a slice is named `column=value`.
    """
    found = {OVERALL: compute(labels, probabilities)}
    for column, values in columns.items():
        for value in np.unique(values):
            rows = values == value
            found[f"{column}={value}"] = compute(labels[rows], probabilities[rows])
    return found


def compute(labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """All metrics of one set of rows; NaN where a metric is undefined (AUC of one class)."""
    labels = labels.astype(np.float64)
    probabilities = probabilities.astype(np.float64)
    predicted = float(probabilities.mean())
    observed = float(labels.mean())
    return {
        "ExampleCount": float(len(labels)),
        "AUC": auc(labels, probabilities),
        "AUCPrecisionRecall": auc_precision_recall(labels, probabilities),
        "BinaryCrossentropy": log_loss(labels, probabilities),
        "BinaryAccuracy": float(((probabilities > 0.5) == (labels > 0.5)).mean()),
        "Calibration": predicted / observed if observed else float("nan"),
        "MeanLabel": observed,
        "MeanPrediction": predicted,
    }


def auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve by ranks, ties counted half (Mann and Whitney, 1947)."""
    positives = float(labels.sum())
    negatives = len(labels) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last_rank = np.cumsum(counts)
    mean_rank = last_rank - (counts - 1) / 2.0
    rank_sum = float(mean_rank[inverse][labels > 0.5].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def auc_precision_recall(labels: np.ndarray, scores: np.ndarray) -> float:
    """Average precision: precision at each recall step, weighted by the step."""
    positives = labels.sum()
    if positives == 0:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ordered_scores, hits = scores[order], np.cumsum(labels[order])
    ends = np.append(np.flatnonzero(np.diff(ordered_scores)), len(scores) - 1)
    precision = hits[ends] / (ends + 1)
    steps = np.diff(np.append(0.0, hits[ends])) / positives
    return float((precision * steps).sum())


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Mean binary cross-entropy in nats."""
    clipped = np.clip(probabilities, _EPSILON, 1 - _EPSILON)
    return float(-(labels * np.log(clipped) + (1 - labels) * np.log1p(-clipped)).mean())
