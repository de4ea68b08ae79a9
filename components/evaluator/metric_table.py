"""The metrics of the system, one row each: everything that any part of it knows about a metric.

A new metric is one row here and the function that it names. The configuration (what may be judged, and
within which limits), the gate (which direction is better), the evaluation's files and the summary read this
table. It imports nothing, so that rules and the trigger function can read it.
"""

from __future__ import annotations

import dataclasses
import math

BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
_ALL = (BINARY, MULTICLASS, REGRESSION)
_SHARE, _LOSS, _ANY = (0.0, 1.0), (0.0, math.inf), (-math.inf, math.inf)


@dataclasses.dataclass(frozen=True)
class Metric:
    """What is known about one metric.

    Attributes:
      name: TFMA's or Keras' class name, as configurations write it.
      tfma_name: TFMA's instance name, under which it stands in TFMA's files.
      function: labels and answers to a number, in components/evaluator/<task>_metrics.py of each task.
      range: lowest and highest value that it can have.
      lower_is_better: its direction; None for a metric that is reported and not judged.
      tasks: the kinds of models it is for.
      summarised: whether the end of a run shows it.
      meaning: in a few words, for the reader of a table of metrics.
      macro_average: for which kinds of models it is the mean over the classes, each against the rest.
    """

    name: str
    tfma_name: str
    function: str
    range: tuple[float, float]
    lower_is_better: bool | None
    tasks: tuple[str, ...] = (BINARY,)
    summarised: bool = False
    macro_average: tuple[str, ...] = ()
    meaning: str = ""


METRICS = (
    Metric("ExampleCount", "example_count", "example_count", _LOSS, None, _ALL),
    Metric(
        "AUC",
        "auc",
        "auc",
        _SHARE,
        lower_is_better=False,
        tasks=(BINARY, MULTICLASS),
        summarised=True,
        meaning="how well rows are put in order; 0.5 is chance, 1 is best",
        macro_average=(MULTICLASS,),
    ),
    Metric("AUCPrecisionRecall", "auc_precision_recall", "auc_precision_recall", _SHARE, False),
    Metric(
        "BinaryCrossentropy",
        "binary_crossentropy",
        "log_loss",
        _LOSS,
        lower_is_better=True,
        summarised=True,
        meaning="how far the probabilities are off; 0 is best",
    ),
    Metric("BinaryAccuracy", "binary_accuracy", "accuracy", _SHARE, lower_is_better=False),
    Metric(
        "SparseCategoricalCrossentropy",
        "sparse_categorical_crossentropy",
        "log_loss",
        _LOSS,
        lower_is_better=True,
        tasks=(MULTICLASS,),
        summarised=True,
        meaning="how far the probabilities are off; 0 is best",
    ),
    Metric(
        "SparseCategoricalAccuracy",
        "sparse_categorical_accuracy",
        "accuracy",
        _SHARE,
        lower_is_better=False,
        tasks=(MULTICLASS,),
        summarised=True,
        meaning="share of the rows whose class is right",
    ),
    Metric(
        "F1Score",
        "f1_score",
        "macro_f1",
        _SHARE,
        lower_is_better=False,
        tasks=(MULTICLASS,),
        summarised=True,
        meaning="how well each class is found, all counting the same; 1 is best",
        macro_average=(MULTICLASS,),
    ),
    Metric(
        "RootMeanSquaredError",
        "root_mean_squared_error",
        "root_mean_squared_error",
        _LOSS,
        lower_is_better=True,
        tasks=(REGRESSION,),
        summarised=True,
        meaning="typical error, large ones counting most; 0 is best",
    ),
    Metric(
        "MeanAbsoluteError",
        "mean_absolute_error",
        "mean_absolute_error",
        _LOSS,
        lower_is_better=True,
        tasks=(REGRESSION,),
        summarised=True,
        meaning="mean size of the error; 0 is best",
    ),
    # TFMA has no class of this name; Keras has, and TFMA's files take any.
    Metric(
        "R2Score",
        "r2_score",
        "r2_score",
        (-math.inf, 1.0),
        False,
        (REGRESSION,),
        summarised=True,
        meaning="share of the spread that is explained; 1 is best",
    ),
    Metric("Calibration", "calibration", "calibration", _ANY, None, (BINARY, REGRESSION)),
    Metric("MeanLabel", "mean_label", "mean_label", _ANY, None, (BINARY, REGRESSION)),
    Metric("MeanPrediction", "mean_prediction", "mean_prediction", _ANY, None, (BINARY, REGRESSION)),
)
BY_NAME = {metric.name: metric for metric in METRICS}
JUDGED = tuple(metric.name for metric in METRICS if metric.lower_is_better is not None)
SUMMARISED = tuple(metric.name for metric in METRICS if metric.summarised)


def of_task(kind: str) -> tuple[Metric, ...]:
    """Returns the metrics of a kind of model."""
    return tuple(metric for metric in METRICS if kind in metric.tasks)


def judged_of(kind: str) -> tuple[str, ...]:
    """Returns the names of the metrics that models of a kind can be judged by."""
    return tuple(metric.name for metric in of_task(kind) if metric.name in JUDGED)
