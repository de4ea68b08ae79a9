"""Columns that know the answer: what one column alone says of the label, on rows it was not fitted on."""

from __future__ import annotations

import dataclasses

import numpy as np

from pipeline.data.propose.frame import Frame
from pipeline.data.propose.scores import auc, auc_error, r2

CERTAIN = 0.975  # AUC or R²
SUSPECTED_AUC, SUSPECTED_R2 = 0.90, 0.75
_MOST_ROWS = 20_000
_BINS = 128
_FOLDS = 4


@dataclasses.dataclass(frozen=True)
class Leak:
    """A column that predicts the label well on its own.

    Attributes:
      column: its name.
      score: AUC (the mean over classes, if there are more than two) or R².
      error: standard error of the score.
      metric: its name.
    """

    column: str
    score: float
    error: float
    metric: str

    @property
    def is_certain(self) -> bool:
        """Whether the column is left out unless somebody says otherwise."""
        return self.score >= CERTAIN and self.score - self.error >= CERTAIN - 0.01


def find(frame: Frame, classes: int) -> list[Leak]:
    """Returns the columns that predict the label well on their own, the best first.

    Args:
      frame: the sample.
      classes: of the label; 0 for a number.
    """
    rows = _thinned(len(frame.label))
    label, fold = frame.label[rows], np.arange(len(rows)) % _FOLDS
    found: dict[str, Leak] = {}
    for index, source in enumerate(frame.sources):
        values = frame.values[rows, index]
        leak = _leak(source, values, bool(frame.categorical[index]), label, fold, classes)
        if source not in found or leak.score > found[source].score:
            found[source] = leak
    least = SUSPECTED_AUC if classes else SUSPECTED_R2
    return sorted((leak for leak in found.values() if leak.score >= least), key=lambda leak: -leak.score)


def _thinned(rows: int) -> np.ndarray:
    shuffled = np.random.default_rng(17).permutation(rows)
    return shuffled[:_MOST_ROWS]


def _leak(
    column: str, values: np.ndarray, is_category: bool, label: np.ndarray, fold: np.ndarray, classes: int
) -> Leak:
    bins = _binned(values, is_category)
    if not classes:
        scores = [r2(label, _out_of_fold(bins, label, fold))]
        if not is_category:
            scores.append(r2(label, _line_out_of_fold(values, label, fold)))
        score = max(scores)
        return Leak(column, score, (1 - score) * np.sqrt(2 / len(label)), "R²")
    ids = range(1, 2) if classes == 2 else range(classes)
    scores, errors = [], []
    for one in ids:
        is_one = (label == one).astype(float)
        if 0 < is_one.sum() < len(is_one):
            scores.append(auc(is_one, _out_of_fold(bins, is_one, fold)))
            errors.append(auc_error(scores[-1], int(is_one.sum()), int((1 - is_one).sum())))
    return Leak(column, float(np.mean(scores)), float(np.mean(errors)), "AUC")


def _binned(values: np.ndarray, is_category: bool) -> np.ndarray:
    """Returns a bin of each value [n]: a category is one, numbers by quantiles; 0 where nothing is known."""
    known = np.isfinite(values)
    if is_category:
        return np.where(known, np.where(known, values, 0).astype(np.int64) + 1, 0)
    if not known.any():
        return np.zeros(len(values), np.int64)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.where(known, np.searchsorted(edges, values, side="right") + 1, 0)


def _out_of_fold(bins: np.ndarray, label: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Returns for each row the mean label of its bin on the rows of the other folds [n]."""
    most = int(bins.max()) + 1
    predicted = np.empty(len(label))
    for each in range(_FOLDS):
        train = fold != each
        sums = np.bincount(bins[train], label[train], most)
        counts = np.bincount(bins[train], minlength=most)
        mean = label[train].mean()
        predicted[~train] = ((sums + mean) / (counts + 1))[bins[~train]]
    return predicted


def _line_out_of_fold(values: np.ndarray, label: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Returns for each row what a straight line through the other folds says [n]."""
    filled = np.where(np.isfinite(values), values, np.nanmean(values) if np.isfinite(values).any() else 0.0)
    predicted = np.empty(len(label))
    for each in range(_FOLDS):
        train = fold != each
        spread = filled[train].std()
        slope = ((filled[train] - filled[train].mean()) * (label[train] - label[train].mean())).mean()
        slope = slope / spread**2 if spread > 0 else 0.0
        predicted[~train] = label[train].mean() + slope * (filled[~train] - filled[train].mean())
    return predicted
