"""The metrics of the system, one row each: everything that any part of it knows about a metric.

A new metric is one row here and the function that it names, in metrics.py. The configuration (what may be
judged, and within which limits), the gate (which direction is better), the evaluation's files and the summary
read this table. It imports nothing, so that rules and the trigger function can read it.
"""

from __future__ import annotations

import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Metric:
    """What is known about one metric.

    Attributes:
      name: TFMA's class name, as configurations write it.
      tfma_name: TFMA's instance name, under which it stands in TFMA's files.
      function: of components/evaluator/metrics.py: labels and probabilities to a number.
      range: lowest and highest value that it can have.
      lower_is_better: its direction; None for a metric that is reported and not judged.
      task: the kind of model it is for.
      summarised: whether the end of a run shows it.
    """

    name: str
    tfma_name: str
    function: str
    range: tuple[float, float]
    lower_is_better: bool | None
    task: str = "binary"
    summarised: bool = False


METRICS = (
    Metric("ExampleCount", "example_count", "example_count", (0.0, math.inf), None),
    Metric("AUC", "auc", "auc", (0.0, 1.0), lower_is_better=False, summarised=True),
    Metric("AUCPrecisionRecall", "auc_precision_recall", "auc_precision_recall", (0.0, 1.0), False),
    Metric("BinaryCrossentropy", "binary_crossentropy", "log_loss", (0.0, math.inf), True, summarised=True),
    Metric("BinaryAccuracy", "binary_accuracy", "accuracy", (0.0, 1.0), lower_is_better=False),
    Metric("Calibration", "calibration", "calibration", (0.0, math.inf), None),
    Metric("MeanLabel", "mean_label", "mean_label", (0.0, 1.0), None),
    Metric("MeanPrediction", "mean_prediction", "mean_prediction", (0.0, 1.0), None),
)
BY_NAME = {metric.name: metric for metric in METRICS}
JUDGED = tuple(metric.name for metric in METRICS if metric.lower_is_better is not None)
SUMMARISED = tuple(metric.name for metric in METRICS if metric.summarised)
