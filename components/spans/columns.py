"""Some columns of a split, one value a row."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.types import standard_artifacts
from tfx.utils import io_utils

from components.spans.examples import column_batches, column_files
from components.spans.lists import first_values


def read(
    examples: standard_artifacts.Examples,
    schema: standard_artifacts.Schema,
    split: str,
    names: Sequence[str],
) -> dict[str, pa.Array]:
    """Returns the values [rows] of each column by its name, null where a row has none; texts are bytes."""
    batches = column_batches(column_files(examples, split), _part_of_schema(schema, names))
    table = pa.Table.from_batches(
        [pa.RecordBatch.from_arrays([batch[name] for name in names], list(names)) for batch in batches]
    )
    return {name: first_values(table[name].combine_chunks()) for name in names}


def _part_of_schema(schema: standard_artifacts.Schema, names: Sequence[str]) -> schema_pb2.Schema:
    whole = io_utils.SchemaReader().read(os.path.join(schema.uri, "schema.pbtxt"))
    part = schema_pb2.Schema()
    for feature in whole.feature:
        if feature.name in names:
            part.feature.add(name=feature.name, type=feature.type)
    return part
