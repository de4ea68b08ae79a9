"""Raw examples of a split as arrays, and a model's answers to them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import compute
from tfx.types import standard_artifacts

from components.evaluator.metric_table import MULTICLASS
from components.model_files import folder
from components.spans.columns import read as read_columns
from components.spans.examples import files, record_batches
from components.spans.local_copy import local_copy
from components.task import Task
from serving.models.model import ServableModel


class OtherAnswerError(Exception):
    """A model that answers something else than the task asks for."""


@dataclasses.dataclass(frozen=True)
class Answers:
    """What a model answers to the rows of a split.

    Attributes:
      values: [rows] float32, in the order of `read`; [rows, classes] for several classes.
      ms_per_row: CPU time of this process that a row took, of the median batch; decoding is included.
      model_mb: size of all files of the model, in megabytes (1,000,000 bytes).
    """

    values: np.ndarray
    ms_per_row: float
    model_mb: float


@dataclasses.dataclass(frozen=True)
class Rows:
    """What is known of the rows of a split, in their order.

    Attributes:
      labels: [rows]: ids of classes, of two 0 or 1; or the numbers of a regression.
      columns: name to [rows] of strings, `` for null, for slicing.
    """

    labels: np.ndarray
    columns: dict[str, np.ndarray]


def read(
    examples: standard_artifacts.Examples,
    schema: standard_artifacts.Schema,
    split: str,
    *,
    label: str,
    task: Task,
    columns: tuple[str, ...] = (),
) -> Rows:
    """Reads the label and some columns of a split in record batches.

    Raises:
      ValueError: a label is none of the task's classes, which ingestion refuses.
    """
    values = read_columns(examples, schema, split, (label, *columns))
    return Rows(
        labels=as_labels(values[label], task),
        columns={name: _as_text(values[name]) for name in columns},
    )


def predict(
    model_path: str,
    recorded: str,
    examples: standard_artifacts.Examples,
    split: str,
    *,
    signature: str,
    task: Task,
) -> Answers:
    """Queries a SavedModel, through the session loader that a model server uses.

    Args:
      model_path: folder of the SavedModel.
      recorded: its files when it was made (components/model_files/folder.py).
      examples: raw examples.
      split: whose rows are sent.
      signature: name of a signature with one input of serialized tf.Examples.
      task: which output is the answer, and how wide it is.

    Raises:
      AlteredModelError: its files are others; it was not loaded.
      OtherAnswerError: the model has no such output, or it is not of such a shape.
    """
    with local_copy(model_path) as copy:
        folder.check(copy, recorded)
        size = sum(path.stat().st_size for path in Path(copy).rglob("*") if path.is_file())
        model = ServableModel(copy)
    try:
        (input_name,) = model.signatures[signature].inputs
        outputs = model.signatures[signature].outputs
        if task.answer not in outputs:
            raise OtherAnswerError(f"it answers {', '.join(sorted(outputs))}, and not {task.answer}")
        parts, times = [], []
        for batch in record_batches(files(examples, split)):
            started = time.process_time()
            outputs = model.predict({input_name: np.array(batch, dtype=object)}, signature)
            times.append((time.process_time() - started) * 1_000 / len(batch))
            parts.append(answers_of(outputs, task))
    finally:
        model.close()
    return Answers(np.concatenate(parts), float(np.median(times)), size / 1e6)


def answers_of(outputs: Mapping[str, np.ndarray], task: Task) -> np.ndarray:
    """Returns the answers of a batch, [rows] or [rows, classes].

    Raises:
      OtherAnswerError: they are not of the task's shape.
    """
    answers = np.asarray(outputs[task.answer])
    width = len(task.classes) if task.kind == MULTICLASS else 1
    if answers[:1].size not in (0, width):
        raise OtherAnswerError(f"{task.answer} has {answers[:1].size} values a row, and not {width}")
    return answers if task.kind == MULTICLASS else answers.reshape(-1)


def as_labels(values: pa.Array, task: Task) -> np.ndarray:
    """Returns labels [rows] as numbers: the ids of classes where there are classes; texts are bytes.

    Raises:
      ValueError: a label is none of the task's classes.
    """
    if not task.classes:
        return values.to_numpy(zero_copy_only=False)
    classes = pa.array([_bytes(each) for each in task.classes], values.type)
    ids = compute.index_in(values, value_set=classes)
    if ids.null_count:
        row = compute.index(ids.is_null(), True).as_py()
        raise ValueError(f"the label {_text(values[row].as_py())!r} is none of the classes {task.classes}")
    return ids.to_numpy(zero_copy_only=False)


def _bytes(value: int | str) -> int | bytes:
    return value.encode() if isinstance(value, str) else value


def _as_text(values: pa.Array) -> np.ndarray:
    """Returns values as strings, null as an empty one; each different value is converted once."""
    encoded = values.dictionary_encode()
    texts = np.array(["", *map(_text, encoded.dictionary.to_pylist())])
    return texts[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1]


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
