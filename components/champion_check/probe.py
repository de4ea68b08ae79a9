"""Asks the champion for the first rows of eval, as the Evaluator will for all of them after the training."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from tfx.types import standard_artifacts
from tfx.utils import path_utils

from components.champion_check.rule import Probed
from components.evaluator import model_task
from components.evaluator.metric_table import MULTICLASS
from components.evaluator.task_rule import unlike
from components.model_files import folder
from components.model_files.rule import AlteredModelError
from components.spans.examples import records
from components.spans.local_copy import local_copy
from components.task import Task
from serving.errors import ModelLoadError, ServingError
from serving.models.model import ServableModel

ROWS = 256
GRAPH = "saved_model.pb"


def probe(
    model_uri: str, recorded: str, examples: standard_artifacts.Examples, task: Task, signature: str
) -> Probed:
    """Returns whether a model answers the signature on the first rows of eval, and what the task asks for.

    Args:
      model_uri: of the Model artifact.
      recorded: its files, as its release recorded them (components/model_files/folder.py).
      examples: raw examples.
      task: of the candidate.
      signature: name of a signature with one input of serialized tf.Examples.
    """
    path = path_utils.serving_model_path(model_uri)
    if not tf.io.gfile.exists(os.path.join(path, GRAPH)):
        return Probed(fault=f"there is no {GRAPH} in {path}; was the folder deleted?")
    try:
        folder.check(path, recorded)
        released_for = model_task.read(path)
    except AlteredModelError as error:
        return Probed(fault=_one_line(error))
    except (ValueError, TypeError, KeyError) as error:
        return Probed(fault=f"{path}/{model_task.TASK_FILE} cannot be read: {_one_line(error)}")
    other = unlike(task, released_for) if released_for else None
    if other:
        return Probed(unlike=other)
    batch = np.array([*itertools.islice(records(examples, "eval"), ROWS)], dtype=object)
    try:
        return _ask(path, recorded, batch, task, signature)
    except (AlteredModelError, ModelLoadError, ServingError, OSError) as error:
        return Probed(fault=_one_line(error))


def _ask(path: str, recorded: str, batch: np.ndarray, task: Task, signature: str) -> Probed:
    with local_copy(path) as copy:
        folder.check(copy, recorded)
        model = ServableModel(copy)
    try:
        inputs = [*model.signature(signature).inputs]
        if len(inputs) != 1:
            return Probed(fault=f"its signature {signature!r} takes {', '.join(inputs)}, and not one input")
        outputs = model.predict({inputs[0]: batch}, signature)
    finally:
        model.close()
    other = _other_answer(outputs, task, len(batch))
    return Probed(unlike=f"the champion predicts something else: {other}" if other else None)


def _other_answer(outputs: Mapping[str, np.ndarray], task: Task, rows: int) -> str | None:
    """Returns how the answers differ from what the task asks for; None if they do not."""
    if task.answer not in outputs:
        return f"it answers {', '.join(sorted(outputs))}, and not {task.answer}"
    values, width = np.asarray(outputs[task.answer]), len(task.classes) if task.kind == MULTICLASS else 1
    if values.size != rows * width:
        return f"{task.answer} has {values.size / max(rows, 1):g} values a row, and not {width}"
    return None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
