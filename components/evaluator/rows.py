"""Raw examples of a split as arrays, and a model's answers to them."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.types import standard_artifacts
from tfx.utils import io_utils
from tfx_bsl.coders import example_coder

from components.examples import BATCH_ROWS, records
from components.lists import first_values
from components.local_copy import local_copy
from serving.model import ServableModel


@dataclasses.dataclass(frozen=True)
class Rows:
    """Rows of a split.

    Attributes:
      serialized: tf.Examples.
      labels: [rows], 0 or 1.
      columns: name to [rows] of strings, `` for null, for slicing.
    """

    serialized: list[bytes]
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
    serialized = list(records(examples, split))
    wanted = _part_of_schema(schema, (label, *columns))
    decoder = example_coder.ExamplesToRecordBatchDecoder(wanted.SerializeToString())
    table = pa.Table.from_batches(
        [
            decoder.DecodeBatch(serialized[start : start + BATCH_ROWS])
            for start in range(0, len(serialized), BATCH_ROWS)
        ]
    )
    return Rows(
        serialized=serialized,
        labels=first_values(table[label].combine_chunks()).to_numpy(zero_copy_only=False),
        columns={name: _as_text(first_values(table[name].combine_chunks())) for name in columns},
    )


def predict(model_path: str, rows: Rows, *, signature: str) -> np.ndarray:
    """Asks a SavedModel, through the session loader that a model server uses.

    Args:
      signature: name of a signature with one input of serialized tf.Examples and one output.

    Returns:
      [rows] float32.
    """
    with local_copy(model_path) as folder:
        model = ServableModel(folder)
    try:
        (given,) = model.signatures[signature].inputs
        (wanted,) = model.signatures[signature].outputs
        parts = [
            model.predict(
                {given: np.array(rows.serialized[start : start + BATCH_ROWS], dtype=object)}, signature
            )[wanted]
            for start in range(0, len(rows.serialized), BATCH_ROWS)
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
    return np.array(
        [v.decode() if isinstance(v, bytes) else "" if v is None else str(v) for v in values.to_pylist()]
    )
