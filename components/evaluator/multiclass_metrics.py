"""Metrics of a classifier of several classes: labels [rows], ids, and probabilities [rows, classes].

Tests hold them equal to scikit-learn's to 1e-9.
"""

from __future__ import annotations

import numpy as np

from components.evaluator import binary_metrics
from components.evaluator.binary_metrics import EPSILON


def example_count(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the number of rows."""
    return binary_metrics.example_count(labels, probabilities)


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the mean cross-entropy in nats."""
    of_label = probabilities[np.arange(len(labels)), labels.astype(int)]
    return float(-np.log(np.clip(of_label, EPSILON, 1 - EPSILON)).mean())


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the share of rows whose class has the highest probability; of equal ones, the first."""
    return float((probabilities.argmax(axis=1) == labels).mean())


def macro_f1(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the mean F1 of the classes that are in the labels or were predicted."""
    width = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    in_labels = np.bincount(labels.astype(int), minlength=width)
    in_predictions = np.bincount(predicted, minlength=width)
    hits = np.bincount(predicted[predicted == labels], minlength=width)
    seen = in_labels + in_predictions
    return float((2 * hits[seen > 0] / seen[seen > 0]).mean())


def auc(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Returns the mean area under the ROC curve of each class against the rest.

    Of the classes that some rows have and some have not; NaN where there is no such class.
    """
    areas = [
        binary_metrics.auc((labels == number).astype(np.float64), probabilities[:, number])
        for number in np.unique(labels).astype(int)
    ]
    return float(np.mean(areas)) if len(areas) > 1 else float("nan")
