"""Evaluator: measures the candidate beside the champion and decides whether it may replace it."""

import functools
import json
import os
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.evaluator import metrics, model_task, prediction_drift_rule, rows, tfma_files
from components.evaluator.evidence import as_metrics, gather
from components.evaluator.metric_table import MULTICLASS
from components.evaluator.policy import OVERALL, ModelGatePolicy
from components.evaluator.rule import judge, unusable
from components.evaluator.task_rule import unlike
from components.gates import baseline_file
from components.gates.blessing import record
from components.gates.judged_answers import BESIDE, DAY_SD, SHIFT, TASK, Shift, shift_of
from components.gates.override import from_json
from components.model_files import folder
from components.model_files.artifact import recorded
from components.model_files.rule import AlteredModelError
from components.task import Task
from serving.errors import ModelLoadError, ServingError

METRICS_FILE = "metrics.json"
Metrics = dict[str, dict[str, float]]  # by slice


@component
def Evaluator(  # noqa: N802 - a node's name in the graph
    examples: InputArtifact[standard_artifacts.Examples],
    schema: InputArtifact[standard_artifacts.Schema],
    model: InputArtifact[standard_artifacts.Model],
    evaluation: OutputArtifact[standard_artifacts.ModelEvaluation],
    blessing: OutputArtifact[standard_artifacts.ModelBlessing],
    label: Parameter[str],
    task: Parameter[str],
    signature: Parameter[str],
    date: Parameter[str],
    policy: Parameter[str],
    incomparable: Parameter[str],
    code_fingerprint: Parameter[str],
    overrides: Parameter[str] = "",
    answers: Parameter[str] = "",
    champion_files: Parameter[str] = "",
    baseline_model: InputArtifact[standard_artifacts.Model] = None,  # type: ignore[assignment]
) -> None:
    """Blesses the candidate or not, and writes why; a model that cannot be queried closes the gate.

    Args:
      examples: raw examples; the split `eval` is judged, the split `train` gives the prior.
      schema: of the raw examples.
      model: the candidate; custom property `files`, without which it is not loaded.
      evaluation: `metrics.json` (candidate, champion and prior by slice: the prior answers every row with
        the training labels' mean, or with the share of each class among them; `difference`: of
        each compared metric the candidate's loss, its standard error, and that of whole days), and TFMA's
        `metrics-*.tfrecord`, `validations.tfrecord`, `eval_config.json`.
      blessing: `verdict.json`, `BLESSED` or `NOT_BLESSED`; `answers.json`, with which a later run compares
        the answers of this candidate, once it is the champion; custom properties `blessed`, `gate`, `reason`,
        `task`, and where answers were compared those of components/gates/judged_answers.py.
      label: column of the label.
      task: what the model predicts, as JSON of components/task.py.
      signature: of the model, with one input of serialized tf.Examples.
      date: column of a row's day, by which rows belong together; empty where none has the role.
      policy: ModelGatePolicy as JSON.
      incomparable: why the champion is not compared; empty when it is, or when there is none.
      code_fingerprint: of this component's code; part of the cache key.
      overrides: of checks that may fail, as JSON of components/gates/override.py.
      answers: folder with the `answers.json` of the champion's run; `none` where the champion's release has
        recorded none, empty if there is no champion.
      champion_files: of the champion, as its release recorded them (components/model_files/folder.py); `none`
        where it has recorded none, empty if there is no champion.
      baseline_model: the champion; absent when there is none or it is not comparable.
    """
    del code_fingerprint
    limits = ModelGatePolicy.model_validate_json(policy)
    asked = Task.from_json(task)
    columns = (*limits.columns, *([date] if date else []))
    eval_rows = rows.read(examples, schema, "eval", label=label, task=asked, columns=columns)
    days = eval_rows.columns.pop(date, None)
    train_labels = rows.read(examples, schema, "train", label=label, task=asked).labels
    prior = _prior(train_labels, asked, len(eval_rows.labels))
    of_prior = metrics.compute(asked.kind, eval_rows.labels, prior)
    evaluated: dict[str, Metrics] = {"prior": {OVERALL: of_prior}}
    path = path_utils.serving_model_path(model.uri)
    baseline = path_utils.serving_model_path(baseline_model.uri) if baseline_model is not None else None
    ask = functools.partial(_ask, examples=examples, signature=signature, task=asked)
    try:
        candidate = ask("candidate", path, recorded(model))
        champion, other = _champion(baseline, champion_files, asked, ask) if baseline else (None, None)
        for side, given in (("candidate", candidate), ("champion", champion)):
            if given is not None:
                evaluated[side] = metrics.by_slice(
                    asked.kind, eval_rows.labels, given.values, eval_rows.columns
                )
        kept = prediction_drift_rule.answers_of(asked, candidate.values, days)
        baseline_file.write(kept, os.path.join(blessing.uri, prediction_drift_rule.FILE))
        released = baseline_file.read(answers, prediction_drift_rule.FILE, "profile of answers")
        found = gather(asked, limits, eval_rows, candidate, champion, prior, days, released)
        verdict = judge(
            evaluated["candidate"],
            evaluated.get("champion"),
            limits,
            found,
            incomparable=incomparable or None,
            unlike=other,
            overrides=from_json(overrides),
        )
        if champion is not None:
            evaluated["difference"] = {OVERALL: as_metrics(found, len(eval_rows.labels))}
            _record_shift(blessing, shift_of(candidate.values, champion.values, days), baseline_model)
    except UnusableModelError as error:
        verdict = unusable(error.which, str(error), overrides=from_json(overrides))
    record(verdict, blessing, marker="BLESSED")
    blessing.set_string_custom_property(TASK, task)
    _write(evaluation.uri, evaluated)
    tfma_files.write(
        evaluation.uri,
        evaluated,
        verdict,
        kind=asked.kind,
        label=label,
        signature=signature,
        slices=limits.columns,
    )


def _record_shift(
    blessing: standard_artifacts.ModelBlessing, shift: Shift | None, champion: standard_artifacts.Model
) -> None:
    if shift is not None:
        blessing.set_string_custom_property(SHIFT, f"{shift.mean:.6g}")
        blessing.set_string_custom_property(DAY_SD, f"{shift.day_sd:.6g}")
        blessing.set_string_custom_property(BESIDE, champion.uri)


class UnusableModelError(Exception):
    """A model that cannot be loaded or does not answer.

    Attributes:
      which: `candidate` or `champion`.
    """

    def __init__(self, which: str, cause: Exception):
        super().__init__(" ".join(str(cause).split())[:300])
        self.which = which


def _ask(
    which: str, path: str, files: str, *, examples: standard_artifacts.Examples, signature: str, task: Task
) -> rows.Answers:
    try:
        return rows.predict(path, files, examples, "eval", signature=signature, task=task)
    except (AlteredModelError, ModelLoadError, ServingError, rows.OtherAnswerError) as error:
        raise UnusableModelError(which, error) from error


def _champion(
    path: str, files: str, task: Task, ask: Callable[[str, str, str], rows.Answers]
) -> tuple[rows.Answers | None, str | None]:
    """Returns the champion's answers, or why a comparison with it would mean nothing.

    Raises:
      UnusableModelError: its files changed since it was made, or it does not answer.
    """
    try:
        folder.check(path, files)
    except AlteredModelError as error:
        raise UnusableModelError("champion", error) from error
    released_for = model_task.read(path)
    other = unlike(task, released_for) if released_for else None
    if other:
        return None, other
    try:
        return ask("champion", path, files), None
    except UnusableModelError as error:
        if isinstance(error.__cause__, rows.OtherAnswerError):
            return None, f"the champion predicts something else: {error}"
        raise


def _prior(labels: np.ndarray, task: Task, rows_to_answer: int) -> np.ndarray:
    """Returns the answers of a model that knows the training labels and nothing of a row."""
    if task.kind == MULTICLASS:
        answer = np.bincount(labels.astype(int), minlength=len(task.classes)) / len(labels)
    else:
        answer = labels.astype(np.float64).mean()
    return np.repeat(np.asarray(answer)[np.newaxis], rows_to_answer, axis=0)


def _write(folder: str, models: dict[str, Metrics]) -> None:
    tf.io.gfile.makedirs(folder)
    with tf.io.gfile.GFile(os.path.join(folder, METRICS_FILE), "w") as file:
        file.write(json.dumps(models, sort_keys=True))
