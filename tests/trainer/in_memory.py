"""Transform without a pipeline: analyse and transform a table in memory, for tests and benchmarks.

It is here and not in benchmarks/, because a fork deletes those and keeps these tests.
"""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from collections.abc import Iterator

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.tfxio import tensor_adapter, tensor_representation_util

from pipeline.config import schema as derived
from trainer import features
from trainer.preprocessing import preprocessing_fn

ROWS_PER_BATCH = 8_192
ARROW_TYPES = {"int64": pa.int64(), "float32": pa.float32(), "string": pa.large_binary()}

# beam.Create compresses its elements, which takes minutes for a table; so it gets keys, and looks the batches
# up here.
_held_batches: dict[str, pa.RecordBatch] = {}


def schema() -> schema_pb2.Schema:
    """Returns the schema of the trainer's columns."""
    return text_format.Parse(derived.read(), schema_pb2.Schema())


@contextlib.contextmanager
def source(table: pa.Table) -> Iterator[tuple[beam.PTransform, tensor_adapter.TensorAdapterConfig]]:
    """Yields the raw columns of `table` as a source for a Beam pipeline of this process, and its config."""
    held = {f"{uuid.uuid4()}": batch for batch in _raw_batches(table)}
    _held_batches.update(held)
    try:
        yield beam.Create(list(held), reshuffle=False) | beam.Map(_held_batch), _adapter_config()
    finally:
        for key in held:
            del _held_batches[key]


def analyze(table: pa.Table, into: str) -> tft.TFTransformOutput:
    """Analyses the raw columns of `table` with preprocessing_fn; writes and returns the transform graph."""
    with (
        source(table) as (batches, config),
        tempfile.TemporaryDirectory() as temporary,
        tft_beam.Context(temp_dir=temporary),
        beam.Pipeline() as pipeline,
    ):
        graph = (pipeline | batches, config) | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = graph | tft_beam.WriteTransformFn(into)
    return tft.TFTransformOutput(into)


def transform(table: pa.Table, by: tft.TFTransformOutput) -> dict[str, np.ndarray]:
    """Returns the features of the rows, as preprocessing_fn names and shapes them."""
    layer = by.transform_features_layer()
    adapter = tensor_adapter.TensorAdapter(_adapter_config())
    parts = [layer(adapter.ToBatchTensors(batch)) for batch in _raw_batches(table)]
    return {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}


def _held_batch(key: str) -> pa.RecordBatch:
    return _held_batches[key]


def _adapter_config() -> tensor_adapter.TensorAdapterConfig:
    types = [pa.field(column.name, pa.large_list(ARROW_TYPES[column.dtype])) for column in features.COLUMNS]
    tensors = tensor_representation_util.InferTensorRepresentationsFromSchema(schema())
    return tensor_adapter.TensorAdapterConfig(pa.schema(types), tensors)


def _raw_batches(table: pa.Table) -> list[pa.RecordBatch]:
    """Returns record batches as TFX reads them: each value a list of one, a missing value an empty list."""
    columns = [_as_lists(table[column.name], ARROW_TYPES[column.dtype]) for column in features.COLUMNS]
    whole = pa.RecordBatch.from_arrays(columns, [column.name for column in features.COLUMNS])
    return [whole.slice(start, ROWS_PER_BATCH) for start in range(0, len(table), ROWS_PER_BATCH)]


def _as_lists(values: pa.ChunkedArray, dtype: pa.DataType) -> pa.LargeListArray:
    ends = np.cumsum(np.asarray(values.is_valid()), dtype=np.int64)
    known = pa.concat_arrays(values.drop_null().cast(dtype).chunks or [pa.array([], dtype)])
    return pa.LargeListArray.from_arrays(pa.array(np.concatenate([[0], ends])), known)
