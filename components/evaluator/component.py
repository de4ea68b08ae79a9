"""Evaluator: measures the candidate beside the champion and decides whether it may replace it."""

import json
import os
from typing import Any

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.evaluator import metrics, rows, tfma_files
from components.evaluator.rule import OVERALL, ModelGatePolicy, judge, unusable
from components.gates.blessing import record
from serving.errors import ModelLoadError, ServingError

METRICS_FILE = "metrics.json"


@component
def Evaluator(  # noqa: N802 - a node's name in the graph
    examples: InputArtifact[standard_artifacts.Examples],
    schema: InputArtifact[standard_artifacts.Schema],
    model: InputArtifact[standard_artifacts.Model],
    evaluation: OutputArtifact[standard_artifacts.ModelEvaluation],
    blessing: OutputArtifact[standard_artifacts.ModelBlessing],
    label: Parameter[str],
    signature: Parameter[str],
    policy: Parameter[str],
    incomparable: Parameter[str],
    code_fingerprint: Parameter[str],
    baseline_model: InputArtifact[standard_artifacts.Model] = None,  # type: ignore[assignment]
) -> None:
    """Blesses the candidate or not, and writes why; a model that cannot be queried closes the gate.

    Args:
      examples: raw examples; the split `eval` is judged, the split `train` gives the class prior.
      schema: of the raw examples.
      model: the candidate.
      evaluation: `metrics.json` (candidate, champion and class prior by slice), and TFMA's
        `metrics-*.tfrecord`, `validations.tfrecord`, `eval_config.json`.
      blessing: `verdict.json`, `BLESSED` or `NOT_BLESSED`; custom properties `blessed`, `gate`, `reason`.
      label: column of the label.
      signature: of the model, with one input of serialized tf.Examples.
      policy: ModelGatePolicy as JSON.
      incomparable: why the champion is not compared; empty when it is, or when there is none.
      code_fingerprint: of this component's code; part of the cache key.
      baseline_model: the champion; absent when there is none or it is not comparable.
    """
    del code_fingerprint
    limits = ModelGatePolicy.model_validate_json(policy)
    eval_rows = rows.read(examples, schema, "eval", label=label, columns=limits.slices)
    prior = float(rows.read(examples, schema, "train", label=label).labels.mean())
    evaluated = {"prior": {OVERALL: metrics.compute(eval_rows.labels, np.full(len(eval_rows.labels), prior))}}
    try:
        evaluated["candidate"] = _evaluate("candidate", model, examples, eval_rows, signature)
        if baseline_model is not None:
            evaluated["champion"] = _evaluate("champion", baseline_model, examples, eval_rows, signature)
        verdict = judge(
            evaluated["candidate"],
            evaluated.get("champion"),
            limits,
            incomparable=incomparable or None,
        )
    except UnusableModelError as error:
        verdict = unusable(error.which, str(error))
    record(verdict, blessing, marker="BLESSED")
    _write(evaluation.uri, evaluated)
    tfma_files.write(
        evaluation.uri, evaluated, verdict, label=label, signature=signature, slices=limits.slices
    )


class UnusableModelError(Exception):
    """A model that cannot be loaded or does not answer.

    Attributes:
      which: `candidate` or `champion`.
    """

    def __init__(self, which: str, cause: Exception):
        super().__init__(" ".join(str(cause).split())[:300])
        self.which = which


def _evaluate(
    which: str, model: Any, examples: standard_artifacts.Examples, eval_rows: rows.Rows, signature: str
) -> dict[str, dict[str, float]]:
    path = path_utils.serving_model_path(model.uri)
    try:
        probabilities = rows.predict(path, examples, "eval", signature=signature)
    except (ModelLoadError, ServingError) as error:
        raise UnusableModelError(which, error) from error
    return metrics.by_slice(eval_rows.labels, probabilities, eval_rows.columns)


def _write(folder: str, models: dict[str, dict[str, dict[str, float]]]) -> None:
    tf.io.gfile.makedirs(folder)
    with tf.io.gfile.GFile(os.path.join(folder, METRICS_FILE), "w") as file:
        file.write(json.dumps(models, sort_keys=True))
