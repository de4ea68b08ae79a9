"""What gradient boosting makes of the sample in seconds: the measure that the model's gates are set by."""

from __future__ import annotations

import dataclasses
import math
import os
from typing import Any

import numpy as np

from pipeline.data.propose import scores
from pipeline.data.propose.frame import Frame
from pipeline.errors import ConfigError
from trainer.task import Task

_MOST_TREES, _TREES_OF_ALL_CLASSES = 100, 300
SEED = 17


@dataclasses.dataclass(frozen=True)
class Score:
    """One metric of the baseline.

    Attributes:
      value: of gradient boosting.
      error: its standard error.
      without: of the prior, which answers the same to every row: the share of each class, or the mean.
    """

    value: float
    error: float
    without: float


@dataclasses.dataclass(frozen=True)
class Baseline:
    """What can be expected of a model on the rows that judge.

    Attributes:
      train_rows, eval_rows: of the sample.
      scores: metric, as model_gate names it, to its score.
    """

    train_rows: int
    eval_rows: int
    scores: dict[str, Score]


def fit(frame: Frame, task: Task, is_eval: np.ndarray) -> Baseline | None:
    """Fits gradient boosting on the rows that train, and scores it on those that judge.

    Args:
      frame: the sample.
      task: what to predict.
      is_eval: [n] bool.

    Returns:
      None where a side lacks a class, or has next to no rows.

    Raises:
      ConfigError: scikit-learn is not installed.
    """
    train, held = ~is_eval, is_eval
    if min(train.sum(), held.sum()) < 5 or not frame.values.shape[1]:
        return None
    if task.kind == "regression":
        return _regression(frame, train, held)
    sides = [np.bincount(frame.label[side], minlength=len(task.classes)) for side in (train, held)]
    if min(side.min() for side in sides) == 0:
        return None
    return _classes(frame, task, train, held)


def _regression(frame: Frame, train: np.ndarray, held: np.ndarray) -> Baseline:
    model = _boosting("HistGradientBoostingRegressor", frame, _MOST_TREES)
    label, answers = frame.label[held], _answers(model, "predict", frame, train, held)
    errors = np.abs(label - answers)
    mean_errors = np.abs(label - frame.label[train].mean())
    rmse, without = (math.sqrt(float((each**2).mean())) for each in (errors, mean_errors))
    rmse_error = scores.standard_error(errors**2) / (2 * rmse) if rmse > 0 else 0.0
    return Baseline(
        int(train.sum()),
        int(held.sum()),
        {
            "RootMeanSquaredError": Score(rmse, rmse_error, without),
            "MeanAbsoluteError": Score(
                float(errors.mean()), scores.standard_error(errors), float(mean_errors.mean())
            ),
        },
    )


def _classes(frame: Frame, task: Task, train: np.ndarray, held: np.ndarray) -> Baseline:
    trees = min(_MOST_TREES, max(20, _TREES_OF_ALL_CLASSES // len(task.classes)))
    model = _boosting("HistGradientBoostingClassifier", frame, trees)
    label, answers = frame.label[held], _answers(model, "predict_proba", frame, train, held)
    shares = np.bincount(frame.label[train], minlength=len(task.classes)) / train.sum()
    losses = scores.log_losses(label, answers)
    without = float(scores.log_losses(label, np.tile(shares, (len(label), 1))).mean())
    loss = Score(float(losses.mean()), scores.standard_error(losses), without)
    if task.kind == "binary":
        area = scores.auc(label, answers[:, 1])
        positive = int(label.sum())
        error = scores.auc_error(area, positive, len(label) - positive)
        found = {"AUC": Score(area, error, 0.5), "BinaryCrossentropy": loss}
    else:
        right = (answers.argmax(axis=1) == label).astype(float)
        accuracy = Score(
            float(right.mean()), scores.standard_error(right), float((label == shares.argmax()).mean())
        )
        found = {"SparseCategoricalAccuracy": accuracy, "SparseCategoricalCrossentropy": loss}
    return Baseline(int(train.sum()), int(held.sum()), found)


def _answers(model: Any, method: str, frame: Frame, train: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Returns what a model that was fitted on some rows says of others."""
    from threadpoolctl import threadpool_limits

    # Where a machine does not say how many cores it has, joblib would print a traceback.
    os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")
    # On a busy machine, OpenMP's threads wait for each other a hundred times as long.
    with threadpool_limits(limits=1):
        model.fit(frame.values[train], frame.label[train])
        return np.asarray(getattr(model, method)(frame.values[held]))


def _boosting(name: str, frame: Frame, trees: int) -> Any:
    try:
        from sklearn import ensemble
    except ImportError:
        raise ConfigError(
            "init needs scikit-learn for the baseline that it derives the gates from, and it is not there; "
            "`make setup` installs it (the extra `dev`)"
        ) from None
    few = len(frame.label) < 1_000
    return getattr(ensemble, name)(
        max_iter=trees,
        learning_rate=0.1,
        max_leaf_nodes=8 if few else 31,
        min_samples_leaf=5 if few else 20,
        early_stopping=False,
        categorical_features=np.flatnonzero(frame.categorical),
        random_state=SEED,
    )
