"""Metrics of predicted numbers: labels [rows] and predictions [rows], both in the label's unit.

Tests hold them equal to scikit-learn's to 1e-9.
"""

from __future__ import annotations

import numpy as np

from components.evaluator.binary_metrics import calibration, example_count, mean_label, mean_prediction

__all__ = [
    "calibration",
    "example_count",
    "mean_absolute_error",
    "mean_label",
    "mean_prediction",
    "r2_score",
    "root_mean_squared_error",
]


def root_mean_squared_error(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Returns the root of the mean squared error."""
    return float(np.sqrt(((labels - predictions) ** 2).mean()))


def mean_absolute_error(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Returns the mean size of the error."""
    return float(np.abs(labels - predictions).mean())


def r2_score(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Returns the share of the labels' variance that is predicted: 0 for their mean, below it for worse.

    NaN where all labels are equal.
    """
    spread = ((labels - labels.mean()) ** 2).sum()
    if spread == 0:
        return float("nan")
    return float(1 - ((labels - predictions) ** 2).sum() / spread)
