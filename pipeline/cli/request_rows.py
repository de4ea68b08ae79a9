"""Rows for a model from a CSV file, read as ingestion reads it and refused in the same words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from components.example_gen.checks import check_columns
from components.example_gen.csv_source import CsvSource
from components.example_gen.source import place_in
from components.example_gen.values import check_filled, check_values
from serving.client.connection import ModelInputs
from trainer import features


def read_rows(path: str | os.PathLike[str], inputs: ModelInputs) -> Iterator[dict[str, Any]]:
    """Yields one dict of column -> value per line, without empty cells and columns the model does not take.

    The file is read while rows are taken.

    Raises:
      SpanDataError: the file is no CSV in UTF-8, lacks a required column, or holds a value that ingestion
        would refuse.
    """
    required = sorted(inputs.specs.keys() - inputs.optional)
    types = {
        name: pa.string() if spec.dtype == object else pa.from_numpy_dtype(spec.dtype)
        for name, spec in inputs.specs.items()
    }
    file = os.path.basename(path)
    source = CsvSource(str(path), types, lambda file, header, _: check_columns(file, header, required))
    days, timestamps = ({column.name for column in features.of_kind(kind)} for kind in ("date", "timestamp"))
    first = 0
    for batch in source.batches():
        where = place_in(source, file, first)
        check_values(batch, days, where, timestamps)
        check_filled(batch, required, where)
        for row in batch.to_pylist():
            yield {name: value for name, value in row.items() if value is not None}
        first += batch.num_rows
