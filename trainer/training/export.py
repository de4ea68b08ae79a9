"""Exports the transform graph and the fitted model as one SavedModel with two signatures.

TensorFlow Serving's session loader cannot query what `tf.saved_model.save` writes of a Keras 3 model: Keras
hides its variables from TensorFlow's tracking. It can query a tf.Module that holds the raw variables.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_transform.saved.saved_transform_io_v2 import SavedModelLoader

from trainer import features
from trainer.column import Column
from trainer.heads import Head
from trainer.model import INPUTS
from trainer.training.checked_values import checked

DTYPES = {"int64": tf.int64, "float32": tf.float32, "string": tf.string}
# Not below `assets.extra`: file systems that know names only by their beginnings list it within `assets`.
TASK_FILE = "task.json"
# The request's columns as parameters of a function: those with a default last.
PARAMETERS = tuple(sorted(features.REQUEST_COLUMNS, key=lambda column: not column.required))


def export(model: keras.Model, head: Head, transform: tft.TFTransformOutput, into: str) -> None:
    """Writes a SavedModel that answers raw rows with the outputs that its head names.

    Its signatures:

    - serving_default: a tensor [batch] for each column, by name. An optional column may hold what stands for
      a missing value (`Column.missing`, which is no value); the SignatureDef's defaults have it too, as [1],
      for a server to fill in a column that a request leaves out.
    - tf_examples: `examples`, string [batch]: serialized tf.Examples; optional features may be absent.

    Both refuse what ingestion refuses (checked_values.py). TASK_FILE beside the graph says what is predicted:
    a later model of another label cannot be compared with this one.
    """
    served = ServedModel(model, head, transform)
    signatures = {"serving_default": served.columns, "tf_examples": served.examples}
    tf.saved_model.save(served, into, signatures=signatures)
    with tf.io.gfile.GFile(os.path.join(into, TASK_FILE), "w") as file:
        file.write(head.task.as_json())


class ServedModel(tf.Module):
    """The transform graph's tables and the model's variables, with the functions behind the signatures."""

    def __init__(self, model: keras.Model, head: Head, transform: tft.TFTransformOutput) -> None:
        super().__init__()
        self._head = head
        self._model = keras.models.clone_model(model)  # outside of the strategy that it was trained under
        self._model.set_weights(model.get_weights())
        self._raw_variables = [variable.value for variable in self._model.variables]
        # What tf.Transform's public Keras layer does, without the layer: saving one takes 4 s. The loader
        # holds the graph's tables in `_imported`, which is private; as an attribute here TensorFlow tracks
        # and saves them. Should tf.Transform rename it, the export fails here (AttributeError): look in
        # SavedModelLoader for where it keeps what `tf.saved_model.load` returned.
        self._transform = SavedModelLoader(transform.transform_savedmodel_dir)
        self._tables = self._transform._imported
        # No AutoGraph, which would take 2 s to rewrite what it finds: nothing here branches on tensors.
        self.columns = tf.function(
            self._columns_function(),
            input_signature=[_column_spec(column) for column in PARAMETERS],
            autograph=False,
        )
        self.examples = tf.function(
            self._from_examples,
            input_signature=[tf.TensorSpec([None], tf.string, name="examples")],
            autograph=False,
        )

    def transformed(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Returns the model's inputs for raw columns [batch], where defaults stand for what is missing."""
        return self._transform.apply_transform_model(_as_transform_inputs(columns))

    def _answers(self, columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        inputs = self.transformed(checked(columns))
        logits = self._model({name: inputs[name] for name in INPUTS}, training=False)
        return self._head.answers(logits)

    def _from_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {column.name: _parsed(column) for column in features.REQUEST_COLUMNS}
        parsed = tf.io.parse_example(examples, spec)
        return self._answers(
            {column.name: _filled(parsed[column.name], column) for column in features.REQUEST_COLUMNS}
        )

    def _columns_function(self) -> Callable[..., dict[str, tf.Tensor]]:
        """Returns a function of the columns; the signature takes names and defaults from its parameters."""

        def from_columns(*values: tf.Tensor) -> dict[str, tf.Tensor]:
            by_name = {column.name: value for column, value in zip(PARAMETERS, values, strict=True)}
            return self._answers(_spread_defaults(by_name))

        from_columns.__signature__ = inspect.Signature([_parameter(column) for column in PARAMETERS])
        return from_columns


def _column_spec(column: Column) -> tf.TensorSpec:
    return tf.TensorSpec([None], DTYPES[column.dtype], name=column.name)


def _parameter(column: Column) -> inspect.Parameter:
    default = inspect.Parameter.empty
    if not column.required:
        default = tf.constant([column.missing], DTYPES[column.dtype])
    return inspect.Parameter(column.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def _parsed(column: Column) -> tf.io.FixedLenFeature | tf.io.VarLenFeature:
    dtype = DTYPES[column.dtype]
    return tf.io.FixedLenFeature([], dtype) if column.required else tf.io.VarLenFeature(dtype)


def _filled(values: tf.Tensor | tf.SparseTensor, column: Column) -> tf.Tensor:
    """Returns [batch]; `missing` where a feature is absent, or without values, as by CsvExampleGen."""
    if not isinstance(values, tf.SparseTensor):
        return values
    one_per_row = tf.SparseTensor(values.indices, values.values, [values.dense_shape[0], 1])
    return tf.sparse.to_dense(one_per_row, default_value=column.missing)[:, 0]


def _spread_defaults(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Returns the columns, optional ones that hold one value (as defaults do) repeated for the batch."""
    batch = _batch_size(columns)[tf.newaxis]
    optional = {column.name for column in features.REQUEST_COLUMNS if not column.required}
    return {
        name: tf.broadcast_to(values, batch) if name in optional else values
        for name, values in columns.items()
    }


def _batch_size(columns: dict[str, tf.Tensor]) -> tf.Tensor:
    """Returns the size of a required column; without one, that of the longest, or 0 if one is empty."""
    required = next((column.name for column in features.REQUEST_COLUMNS if column.required), None)
    if required is not None:
        return tf.size(columns[required])
    sizes = tf.stack([tf.size(values) for values in columns.values()])
    return tf.where(tf.reduce_min(sizes) == 0, 0, tf.reduce_max(sizes))


def _as_transform_inputs(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor | tf.SparseTensor]:
    """Returns columns [batch] as preprocessing_fn takes them: [batch, 1], and sparse where optional."""
    optional = [column for column in features.REQUEST_COLUMNS if not column.required]
    inputs = {column.name: _sparse(columns[column.name], column) for column in optional}
    # All of a type at once: a graph of hundreds of columns takes long to write and to load.
    for dtype in DTYPES:
        some = [each.name for each in features.REQUEST_COLUMNS if each.required and each.dtype == dtype]
        if some:
            stacked = tf.stack([columns[name] for name in some], axis=1)
            inputs |= dict(zip(some, tf.split(stacked, len(some), axis=1), strict=True))
    return inputs


def _sparse(values: tf.Tensor, column: Column) -> tf.SparseTensor:
    """Returns [batch, 1] with the values that are there."""
    there = ~tf.math.is_nan(values) if column.dtype == "float32" else values != column.missing
    rows = tf.where(there)
    indices = tf.concat([rows, tf.zeros_like(rows)], axis=1)
    return tf.SparseTensor(indices, tf.gather_nd(values, rows), [tf.size(values, tf.int64), 1])
