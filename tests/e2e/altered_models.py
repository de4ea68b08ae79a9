"""Versions that were never trained: a deployment's own model, with something done to its answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import tensorflow as tf

from components.model_files.folder import record_of
from components.model_files.rule import PROPERTY
from pipeline.runners.workspace import Workspace
from tests.pipeline.lineage.registries import record_release
from tests.pipeline.lineage.told_models import version

Columns = Mapping[str, tf.Tensor]
Change = Callable[[Columns, tf.Tensor], tf.Tensor]  # the inputs, and the answers [rows], to other answers
A_LITTLE = 2e-4  # by which the answers of a good version differ, so that they name it


def as_good(_: Columns, answers: tf.Tensor) -> tf.Tensor:
    """Answers a little more."""
    return answers + A_LITTLE


def not_a_number(columns: Columns, answers: tf.Tensor) -> tf.Tensor:
    """Answers NaN to flights of some length: not to the made-up rows by which a model is tried at first."""
    if "distance" not in columns:
        return answers
    return tf.where(columns["distance"] > 100, float("nan"), answers)


def release_altered(workspace: Workspace, number: int, change: Change) -> None:
    """Writes the first version anew with other answers, and records its release with the same window."""
    folder = workspace.served_models("flights")
    _write(folder / "1", folder / str(number), change)
    record = record_of(str(folder / str(number)))
    window = '{"train_first": "2013-01-24", "train_last": "2013-02-06", "eval_last": "2013-02-10"}'
    record_release(workspace.root, version(number, window=window, **{PROPERTY: record}))


def _write(source: Path, folder: Path, change: Change) -> None:
    model = tf.Module()
    model.whole = tf.saved_model.load(str(source))
    signatures = {name: _changed(called, change) for name, called in model.whole.signatures.items()}
    tf.saved_model.save(model, str(folder), signatures=signatures)


def _changed(
    called: Callable[..., Mapping[str, tf.Tensor]], change: Change
) -> tf.types.experimental.ConcreteFunction:
    def answer(**columns: tf.Tensor) -> dict[str, tf.Tensor]:
        return {name: change(columns, value) for name, value in called(**columns).items()}

    return tf.function(answer).get_concrete_function(**called.structured_input_signature[1])
