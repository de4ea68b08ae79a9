"""Readers of an Examples artifact: its records, and the parts of the span store it was made of."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.types import artifact_utils, standard_artifacts
from tfx_bsl.coders import example_coder

from components.spans.entry import BATCH_ROWS, COLUMNS_SUFFIX, read_columns

SPANS_FILE = "spans.json"  # beside the splits


@dataclasses.dataclass(frozen=True)
class SpanPart:
    """A part of an entry of the span store.

    Attributes:
      span: its number; days since 1970-01-01 where spans are days.
      folder: of the entry.
      part: its name in the entry.
      columns: its rows as an Arrow stream.
    """

    span: int
    folder: str
    part: str
    columns: str


def records(examples: standard_artifacts.Examples, split: str) -> Iterator[bytes]:
    """Yields the serialized tf.Examples of a split, file by file."""
    for batch in record_batches(files(examples, split)):
        yield from batch


def files(examples: standard_artifacts.Examples, split: str) -> list[str]:
    """Returns the files of a split."""
    pattern = os.path.join(artifact_utils.get_split_uri([examples], split), "*")
    return sorted(tf.io.gfile.glob(pattern))


def record_batches(paths: Sequence[str]) -> Iterator[list[bytes]]:
    """Yields the serialized tf.Examples of GZIP TFRecord files, BATCH_ROWS at a time."""
    if paths:
        for batch in tf.data.TFRecordDataset(paths, compression_type="GZIP").batch(BATCH_ROWS):
            yield batch.numpy().tolist()


def column_files(examples: standard_artifacts.Examples, split: str) -> list[str]:
    """Returns the files with a split's rows, in order: the store's columns if there are any, else records."""
    by_split = spans(examples)
    return [part.columns for part in by_split[split]] if by_split else files(examples, split)


def column_batches(paths: Sequence[str], schema: schema_pb2.Schema | None = None) -> Iterator[pa.RecordBatch]:
    """Yields the rows of `column_files` as record batches of lists, with the columns of a schema if any."""
    decoder = example_coder.ExamplesToRecordBatchDecoder(schema.SerializeToString() if schema else None)
    for path in paths:
        if path.endswith(COLUMNS_SUFFIX):
            yield from read_columns(path)
        else:
            yield from (decoder.DecodeBatch(batch) for batch in record_batches([path]))


def spans(examples: standard_artifacts.Examples) -> dict[str, list[SpanPart]] | None:
    """Returns the parts of the span store that each split is made of, in order.

    None for examples that do not come from the span store, and for those of which a span was swept since;
    their own records hold the same rows.
    """
    path = os.path.join(examples.uri, SPANS_FILE)
    if not tf.io.gfile.exists(path):
        return None
    with tf.io.gfile.GFile(path) as file:
        values = json.loads(file.read())
    by_split = {split: [SpanPart(**part) for part in parts] for split, parts in values.items()}
    complete = all(tf.io.gfile.exists(part.columns) for parts in by_split.values() for part in parts)
    return by_split if complete else None


def write_spans(examples: standard_artifacts.Examples, splits: Mapping[str, Sequence[SpanPart]]) -> None:
    """Writes the parts that each split is made of, for stages that cache results per span."""
    values = {split: [dataclasses.asdict(part) for part in parts] for split, parts in splits.items()}
    with tf.io.gfile.GFile(os.path.join(examples.uri, SPANS_FILE), "w") as file:
        file.write(json.dumps(values))
