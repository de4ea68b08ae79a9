"""Raw examples of a split as arrays, and a model's answers to them."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.types import standard_artifacts
from tfx.utils import io_utils

from components.spans.examples import column_batches, column_files, files, record_batches
from components.spans.lists import first_values
from components.spans.local_copy import local_copy
from serving.models.model import ServableModel


@dataclasses.dataclass(frozen=True)
class Rows:
    """What is known of the rows of a split, in their order.

    Attributes:
      labels: [rows], 0 or 1.
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
    columns: tuple[str, ...] = (),
) -> Rows:
    """Reads the label and some columns of a split in record batches."""
    names = (label, *columns)
    batches = column_batches(column_files(examples, split), _part_of_schema(schema, names))
    table = pa.Table.from_batches(
        [pa.RecordBatch.from_arrays([batch[name] for name in names], names) for batch in batches]
    )
    return Rows(
        labels=first_values(table[label].combine_chunks()).to_numpy(zero_copy_only=False),
        columns={name: _as_text(first_values(table[name].combine_chunks())) for name in columns},
    )


def predict(
    model_path: str, examples: standard_artifacts.Examples, split: str, *, signature: str
) -> np.ndarray:
    """Queries a SavedModel, through the session loader that a model server uses.

    Args:
      model_path: folder of the SavedModel.
      examples: raw examples.
      split: whose rows are sent.
      signature: name of a signature with one input of serialized tf.Examples and one output.

    Returns:
      [rows] float32, in the order of `read`.
    """
    with local_copy(model_path) as folder:
        model = ServableModel(folder)
    try:
        (input_name,) = model.signatures[signature].inputs
        (output_name,) = model.signatures[signature].outputs
        parts = [
            model.predict({input_name: np.array(batch, dtype=object)}, signature)[output_name]
            for batch in record_batches(files(examples, split))
        ]
    finally:
        model.close()
    return np.concatenate(parts).reshape(-1)


def _part_of_schema(schema: standard_artifacts.Schema, names: tuple[str, ...]) -> schema_pb2.Schema:
    whole = io_utils.SchemaReader().read(os.path.join(schema.uri, "schema.pbtxt"))
    part = schema_pb2.Schema()
    for feature in whole.feature:
        if feature.name in names:
            part.feature.add(name=feature.name, type=feature.type)
    return part


def _as_text(values: pa.Array) -> np.ndarray:
    """Returns values as strings, null as an empty one; each different value is converted once."""
    encoded = values.dictionary_encode()
    texts = np.array(["", *map(_text, encoded.dictionary.to_pylist())])
    return texts[encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1]


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
