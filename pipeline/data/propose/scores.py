"""How good answers are, and how sure that is: metrics with their standard errors."""

from __future__ import annotations

import math

import numpy as np


def auc(label: np.ndarray, score: np.ndarray) -> float:
    """Returns the area under the ROC curve.

    Args:
      label: [n] 1 or 0, both there.
      score: [n].
    """
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse.reshape(-1)]
    positive = label.sum()
    negative = len(label) - positive
    return float((ranks[label == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def auc_error(area: float, positive: int, negative: int) -> float:
    """Returns the standard error of an AUC (Hanley and McNeil 1982)."""
    both = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (positive - 1) * (both[0] - area**2) + (negative - 1) * (both[1] - area**2)
    return math.sqrt(max(variance, 0.0) / (positive * negative))


def r2(label: np.ndarray, predicted: np.ndarray) -> float:
    """Returns the share of the label's variance that predictions explain."""
    spread = ((label - label.mean()) ** 2).sum()
    return float(1 - ((label - predicted) ** 2).sum() / spread) if spread > 0 else 0.0


def log_losses(label: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """Returns the loss of each row [n] of the probabilities [n, classes] of its class."""
    chosen = probabilities[np.arange(len(label)), label]
    return -np.log(np.clip(chosen, 1e-7, 1.0))


def standard_error(values: np.ndarray) -> float:
    """Returns the standard error of a mean."""
    return float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.inf
