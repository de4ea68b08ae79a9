"""The raw rows of a split as large record batches, in the layout that tf.Transform takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.types import standard_artifacts
from tfx_bsl.tfxio import tf_example_record

from components.spans.entry import BATCH_ROWS
from components.spans.examples import column_batches, column_files
from components.spans.shards import pack

GROUPS = 8  # enough to occupy several workers
MAX_GROUP_BYTES, MIN_GROUP_BYTES = 32_000_000, 1_000_000  # of compressed columns


def groups(examples: standard_artifacts.Examples, split: str) -> list[list[str]]:
    """Returns the column files of a split in groups; a worker makes one shard of each."""
    paths = column_files(examples, split)
    sizes = [tf.io.gfile.stat(path).length for path in paths]
    size = min(max(sum(sizes) // GROUPS, MIN_GROUP_BYTES), MAX_GROUP_BYTES)
    return [[paths[position] for position in positions] for positions in pack(sizes, size)]


def tfxio_of(schema: schema_pb2.Schema) -> tf_example_record.TFExampleRecord:
    """Returns tf.Transform's view of rows of a schema; it reads nothing."""
    return tf_example_record.TFExampleRecord("", schema=schema, telemetry_descriptors=["evergreen"])


def read(paths: Sequence[str], schema: schema_pb2.Schema) -> Iterator[pa.RecordBatch]:
    """Yields all rows of a group in batches of about BATCH_ROWS, the columns in the order of the schema."""
    layout = tfxio_of(schema).ArrowSchema()
    waiting: list[pa.RecordBatch] = []
    for batch in column_batches(paths, schema):
        waiting.append(_arranged(batch, layout))
        if sum(part.num_rows for part in waiting) >= BATCH_ROWS:
            yield _joined(waiting)
            waiting = []
    if waiting:
        yield _joined(waiting)


def _arranged(batch: pa.RecordBatch, layout: pa.Schema) -> pa.RecordBatch:
    columns = [batch.column(batch.schema.get_field_index(name)) for name in layout.names]
    return pa.RecordBatch.from_arrays(columns, schema=layout)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    (whole,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return whole
