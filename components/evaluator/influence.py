"""How much each row moves a metric: the influence of rows, from which standard errors come.

Each function takes labels and answers, as the metric of the same name does, and returns [rows], of mean 0:
what a row adds to the metric's error, so that the root of the sum of their squares is the metric's standard
error. Of the difference between two models on the same rows it is the difference of theirs, row by row; where
rows of one day belong together, their sum counts as one.

Sources: AUC, DeLong, DeLong and Clarke-Pearson (1988), by placement values as Sun and Xu (2014) compute them;
the others are means, or smooth functions of means (the delta method). All are O(rows log rows).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from components.evaluator.binary_metrics import EPSILON
from components.evaluator.metric_table import BINARY, MULTICLASS, REGRESSION

Influence = Callable[[np.ndarray, np.ndarray], np.ndarray]


def of_mean(values: np.ndarray) -> np.ndarray:
    """Returns the influence [rows] of each row on the mean of values [rows]; NaN for a single row."""
    rows = len(values)
    if rows < 2:
        return np.full(rows, np.nan)
    return (values - values.mean()) / np.sqrt(rows * (rows - 1.0))


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Returns the influence on the mean binary cross-entropy."""
    clipped = np.clip(probabilities, EPSILON, 1 - EPSILON)
    return of_mean(-(labels * np.log(clipped) + (1 - labels) * np.log1p(-clipped)))


def accuracy(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Returns the influence on the share of rows whose class was predicted."""
    return of_mean(((probabilities > 0.5) == (labels > 0.5)).astype(np.float64))


def auc(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Returns the influence on the area under the ROC curve; NaN where a class has fewer than two rows.

    A positive row's placement is the share of negative rows below it, ties counted half; their mean is the
    area.
    """
    positive = labels > 0.5
    positives = int(positive.sum())
    negatives = len(labels) - positives
    if min(positives, negatives) < 2:
        return np.full(len(labels), np.nan)
    _, place = np.unique(scores, return_inverse=True)
    place = place.reshape(-1)
    hits, misses = (np.bincount(place[rows], minlength=place.max() + 1) for rows in (positive, ~positive))
    below = (np.cumsum(misses) - misses / 2.0) / negatives
    above = (positives - np.cumsum(hits) + hits / 2.0) / positives
    placements = np.where(positive, below[place], above[place])
    of_class = np.where(positive, float(positives), float(negatives))
    return (placements - placements[positive].mean()) / np.sqrt(of_class * (of_class - 1))


def auc_precision_recall(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Returns the influence on the average precision.

    A row counts twice: a positive one by the precision at its own score, and every row in the precision at
    the scores below it.
    """
    rows, positives = len(labels), labels.sum()
    if positives < 2:
        return np.full(rows, np.nan)
    _, place = np.unique(-scores, return_inverse=True)
    place = place.reshape(-1)
    hits, called = np.bincount(place, weights=labels), np.cumsum(np.bincount(place))
    precision = np.cumsum(hits) / called
    average = (hits * precision).sum() / positives
    weight = hits / called  # of a score, in the precision of every row at or above it
    right, all_called = (np.cumsum(each[::-1])[::-1][place] for each in (weight, weight * precision))
    own = labels * (precision[place] - average)
    return (own + labels * right - all_called) * (rows / positives) / np.sqrt(rows * (rows - 1.0))


def multiclass_log_loss(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Returns the influence on the mean cross-entropy."""
    of_label = probabilities[np.arange(len(labels)), labels.astype(int)]
    return of_mean(-np.log(np.clip(of_label, EPSILON, 1 - EPSILON)))


def multiclass_accuracy(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Returns the influence on the share of rows whose class has the highest probability."""
    return of_mean((probabilities.argmax(axis=1) == labels).astype(np.float64))


def multiclass_auc(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Returns the influence on the mean area of each class against the rest: the mean of the areas'."""
    classes = np.unique(labels).astype(int)
    if len(classes) < 2:
        return np.full(len(labels), np.nan)
    each = [auc((labels == number).astype(np.float64), probabilities[:, number]) for number in classes]
    return np.asarray(np.mean(each, axis=0))


def macro_f1(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Returns the influence on the mean F1 of the classes."""
    rows, width = probabilities.shape
    if rows < 2:
        return np.full(rows, np.nan)
    label, predicted = labels.astype(int), probabilities.argmax(axis=1)
    hit = predicted == label
    seen = np.bincount(label, minlength=width) + np.bincount(predicted, minlength=width)
    size = np.maximum(seen, 1)
    score = 2 * np.bincount(predicted[hit], minlength=width) / size
    moved = (2 * hit - score[label]) / size[label] - score[predicted] / size[predicted]
    return np.asarray(moved / (seen > 0).sum() * np.sqrt(rows / (rows - 1.0)))


def root_mean_squared_error(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Returns the influence on the root of the mean squared error."""
    squares = (labels - predictions) ** 2
    root = np.sqrt(squares.mean())
    return of_mean(squares) / (2 * root) if root > 0 else of_mean(squares)


def mean_absolute_error(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Returns the influence on the mean size of the error."""
    return of_mean(np.abs(labels - predictions))


def r2_score(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Returns the influence on the share of the variance that is predicted; NaN where labels are equal."""
    squares, spread = (labels - predictions) ** 2, (labels - labels.mean()) ** 2
    if spread.sum() == 0:
        return np.full(len(labels), np.nan)
    unexplained = squares.mean() / spread.mean()
    return of_mean(unexplained * spread - squares) / spread.mean()


# By kind of task and name of the metric in metric_table.py; paired.py bootstraps one that is not here.
INFLUENCES: dict[tuple[str, str], Influence] = {
    (BINARY, "AUC"): auc,
    (BINARY, "AUCPrecisionRecall"): auc_precision_recall,
    (BINARY, "BinaryCrossentropy"): log_loss,
    (BINARY, "BinaryAccuracy"): accuracy,
    (MULTICLASS, "AUC"): multiclass_auc,
    (MULTICLASS, "SparseCategoricalCrossentropy"): multiclass_log_loss,
    (MULTICLASS, "SparseCategoricalAccuracy"): multiclass_accuracy,
    (MULTICLASS, "F1Score"): macro_f1,
    (REGRESSION, "RootMeanSquaredError"): root_mean_squared_error,
    (REGRESSION, "MeanAbsoluteError"): mean_absolute_error,
    (REGRESSION, "R2Score"): r2_score,
}
