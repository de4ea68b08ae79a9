"""Exporting: the transform graph and the fitted model as one SavedModel with two signatures.

The session loader (TensorFlow Serving's) cannot query a Keras 3 model saved by `tf.saved_model.save`, because Keras
hides its variables from TensorFlow's tracking. A tf.Module that holds the raw variables can be queried.
"""

import inspect

import keras
import tensorflow as tf
import tensorflow_transform as tft

from trainer import features
from trainer.features import Column
from trainer.model import INPUTS

DTYPES = {"int64": tf.int64, "float32": tf.float32, "string": tf.string}


def export(model: keras.Model, transform: tft.TFTransformOutput, into: str) -> None:
    """Writes the SavedModel that answers raw columns and raw tf.Examples with `probability` float32 [batch].

    Signatures:
        serving_default  one tensor [batch] a column, by name; an optional one may hold its column's null, and has
                         that null ([1], spread over the batch) as its default in the SignatureDef.
        tf_examples      `examples`: serialized tf.Examples, string [batch]; optional features may be absent.
    """
    served = ServedModel(model, transform)
    tf.saved_model.save(
        served, into, signatures={"serving_default": served.columns, "tf_examples": served.examples}
    )


class ServedModel(tf.Module):
    """The transform graph's tables and the model's variables, and the functions that the signatures call."""

    def __init__(self, model: keras.Model, transform: tft.TFTransformOutput) -> None:
        super().__init__()
        self._raw_variables = [variable.value for variable in model.variables]
        self._transform = transform.transform_features_layer()
        self._model = model
        self.columns = tf.function(
            self._columns_function(), input_signature=[_column_spec(c) for c in _in_order()]
        )
        self.examples = tf.function(
            self._from_examples, input_signature=[tf.TensorSpec([None], tf.string, name="examples")]
        )

    def probability(self, raw: dict[str, tf.Tensor | tf.SparseTensor]) -> dict[str, tf.Tensor]:
        """Returns {"probability": float32 [batch]} for raw columns as preprocessing_fn takes them."""
        transformed = self._transform(raw)
        logit = self._model({name: transformed[name] for name in INPUTS}, training=False)
        return {"probability": tf.sigmoid(logit)[:, 0]}

    def _from_examples(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {column.name: _parsed(column) for column in features.REQUEST_COLUMNS}
        return self.probability(_as_inputs(tf.io.parse_example(examples, spec)))

    def _columns_function(self):
        """Returns a function whose parameters are the columns, so that TensorFlow names and defaults the inputs."""

        def from_columns(*values: tf.Tensor) -> dict[str, tf.Tensor]:
            columns = dict(zip((column.name for column in _in_order()), values, strict=True))
            return self.probability(_as_inputs(_spread(columns)))

        from_columns.__signature__ = inspect.Signature([_parameter(column) for column in _in_order()])
        return from_columns


def _in_order() -> list[Column]:
    """Returns the request's columns, those with a default last, as Python's parameters have to be."""
    return sorted(features.REQUEST_COLUMNS, key=lambda column: not column.required)


def _column_spec(column: Column) -> tf.TensorSpec:
    return tf.TensorSpec([None], DTYPES[column.dtype], name=column.name)


def _parameter(column: Column) -> inspect.Parameter:
    default = inspect.Parameter.empty if column.required else tf.constant([column.null], DTYPES[column.dtype])
    return inspect.Parameter(column.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, default=default)


def _parsed(column: Column) -> tf.io.FixedLenFeature:
    default = None if column.required else column.null
    return tf.io.FixedLenFeature([], DTYPES[column.dtype], default_value=default)


def _spread(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Spreads optional columns of one value (a default) over the batch; the required ones give its size."""
    batch_size = tf.shape(columns[features.DATE])
    optional = {column.name for column in features.REQUEST_COLUMNS if not column.required}
    return {n: tf.broadcast_to(v, batch_size) if n in optional else v for n, v in columns.items()}


def _as_inputs(columns: dict[str, tf.Tensor]) -> dict[str, tf.Tensor | tf.SparseTensor]:
    """Returns dense columns [batch] as preprocessing_fn takes them: [batch, 1], sparse where optional."""
    inputs = {}
    for column in features.REQUEST_COLUMNS:
        values = columns[column.name][:, tf.newaxis]
        inputs[column.name] = values if column.required else _sparse(values)
    return inputs


def _sparse(values: tf.Tensor) -> tf.SparseTensor:
    """Returns [batch, 1] as a sparse tensor that holds every row; preprocessing knows a null by its value."""
    rows = tf.shape(values, out_type=tf.int64)[0]
    indices = tf.stack([tf.range(rows), tf.zeros([rows], tf.int64)], axis=1)
    return tf.SparseTensor(indices, tf.reshape(values, [-1]), [rows, 1])
