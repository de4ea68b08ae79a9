"""ExampleGen: the spans of a window, as CSV files, become one Examples artifact with a split by time."""

import json
import os
from collections.abc import Iterable

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils, standard_artifacts
from tfx.utils import io_utils
from tfx_bsl.coders import example_coder

from components.example_gen.reader import read_checked

_ARROW = {schema_pb2.INT: pa.int64(), schema_pb2.FLOAT: pa.float32(), schema_pb2.BYTES: pa.string()}
_LISTS = {
    pa.int64(): pa.large_list(pa.int64()),
    pa.float32(): pa.large_list(pa.float32()),
    pa.string(): pa.large_list(pa.large_binary()),
}


@component
def ExampleGen(  # noqa: N802 - a node's name in the graph
    schema: InputArtifact[standard_artifacts.Schema],
    examples: OutputArtifact[standard_artifacts.Examples],
    train_spans: Parameter[str],
    eval_spans: Parameter[str],
    label: Parameter[str],
    code_fingerprint: Parameter[str],
) -> None:
    """Ingests every row that has a label and counts the others.

    Args:
      schema: names and types of the columns (`schema.pbtxt`).
      examples: splits `train` and `eval`, GZIP TFRecord of tf.Example. Custom properties: `rows_read`,
        `rows_kept`, `rows_refused`, `rows_train`, `rows_eval` (int), `refused_by_reason` (JSON),
        `first_span`, `last_span` (int, days since 1970-01-01).
      train_spans: JSON list of `{"span": int, "path": str, "fingerprint": str}` in order of time.
      eval_spans: the same; every one later than the train spans.
      label: column whose empty cells refuse a row.
      code_fingerprint: of this component's code; part of the cache key.

    Raises:
      DataFault: a span is unreadable, or has changed since the launch.
    """
    del code_fingerprint
    types = _column_types(schema.uri)
    splits = {"train": json.loads(train_spans), "eval": json.loads(eval_spans)}
    kept, refused = {}, 0
    for split, spans in splits.items():
        tables = [read_checked(span["path"], span["fingerprint"], types) for span in spans]
        whole = pa.concat_tables(tables)
        labelled = whole.filter(pa.compute.is_valid(whole[label]))
        _write_split(os.path.join(examples.uri, f"Split-{split}"), labelled)
        kept[split], refused = labelled.num_rows, refused + whole.num_rows - labelled.num_rows
    examples.split_names = artifact_utils.encode_split_names(list(splits))
    _count(examples, kept, refused)
    examples.set_int_custom_property("first_span", splits["train"][0]["span"])
    examples.set_int_custom_property("last_span", splits["eval"][-1]["span"])
    examples.span = splits["eval"][-1]["span"]


def _column_types(schema_uri: str) -> dict[str, pa.DataType]:
    reader = io_utils.SchemaReader()
    schema = reader.read(os.path.join(schema_uri, "schema.pbtxt"))
    return {feature.name: _ARROW[feature.type] for feature in schema.feature}


def _write_split(folder: str, table: pa.Table) -> None:
    tf.io.gfile.makedirs(folder)
    path = os.path.join(folder, "data_tfrecord-00000-of-00001.gz")
    options = tf.io.TFRecordOptions(compression_type="GZIP", compression_level=1)
    with tf.io.TFRecordWriter(path, options) as writer:
        for record in _records(table):
            writer.write(record)


def _records(table: pa.Table, batch_rows: int = 8192) -> Iterable[bytes]:
    """Encodes rows as serialized tf.Examples; a null cell becomes an absent feature."""
    encoder = example_coder.RecordBatchToExamplesEncoder()
    for batch in table.to_batches(max_chunksize=batch_rows):
        columns = [_as_lists(column) for column in batch.columns]
        yield from encoder.encode(pa.RecordBatch.from_arrays(columns, batch.schema.names))


def _as_lists(column: pa.Array) -> pa.Array:
    """One-element lists for values, nulls for nulls: the layout that tfx_bsl's encoder takes."""
    target = _LISTS[column.type]
    present = column.is_valid()
    values = column.filter(present).cast(target.value_type)
    counts = present.cast(pa.int64())
    ends = pa.compute.cumulative_sum(counts)
    starts = pa.compute.if_else(present, pa.compute.subtract(ends, counts), pa.scalar(None, pa.int64()))
    offsets = pa.concat_arrays([starts, ends[-1:]])  # a null offset makes a null list
    return pa.LargeListArray.from_arrays(offsets, values)


def _count(examples: standard_artifacts.Examples, kept: dict[str, int], refused: int) -> None:
    for split, rows in kept.items():
        examples.set_int_custom_property(f"rows_{split}", rows)
    total = sum(kept.values())
    examples.set_int_custom_property("rows_kept", total)
    examples.set_int_custom_property("rows_refused", refused)
    examples.set_int_custom_property("rows_read", total + refused)
    examples.set_string_custom_property("refused_by_reason", json.dumps({"no label": refused}))
