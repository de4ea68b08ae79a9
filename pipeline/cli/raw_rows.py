"""Rows for a model from a file as somebody hands it over, read by the rules of `evergreen import`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.data.convert.raw_request import is_raw, rules_for
from pipeline.data.convert.rows_check import Expected, checked_columns
from pipeline.data.raw.open_raw import open_raw
from pipeline.data.raw.raw_data import RawData
from pipeline.data.rules.import_rules import ImportRules
from pipeline.errors import DataError
from serving.client.connection import ModelInputs


def raw_rows(
    path: str, inputs: ModelInputs, rules: ImportRules, spans: Path | None
) -> Iterator[dict[str, Any]] | None:
    """Returns one dict of column -> value per row, in the file's order; None if the file is no raw one.

    Columns that the model does not take, such as the label, may be there or not. The file is read while rows
    are taken, and then DataError is raised where a cell is not what its rule reads.

    Args:
      path: of the file.
      inputs: of the model.
      rules: of raw files.
      spans: the folder of the spans; None if they are elsewhere.

    Raises:
      DataError: a column that the model needs is missing, or the dialect is another one.
    """
    try:
        header = open_raw(path).header
    except DataError:  # the reader of spans says what is wrong
        return None
    needed = inputs.specs.keys() - inputs.optional
    in_spans = spans is not None and Path(path).resolve().parent == spans.resolve()
    if not is_raw(header, rules, needed, is_span=in_spans):
        return None
    raw = open_raw(path, rules.dialect)
    return _rows(raw, rules_for(raw.name, header, rules, needed, inputs.optional), inputs)


def _rows(raw: RawData, rules: ImportRules, inputs: ModelInputs) -> Iterator[dict[str, Any]]:
    required = frozenset(inputs.specs.keys() - inputs.optional)
    names = [rule.name for rule in rules.columns]
    first = 0
    for batch in raw.batches():
        columns = checked_columns(batch, rules, Expected(required=required), _place(raw, first))
        typed = [_typed(columns[name], inputs, name).to_pylist() for name in names]
        for values in zip(*typed, strict=True) if names else itertools.repeat((), batch.num_rows):
            yield {name: value for name, value in zip(names, values, strict=True) if value is not None}
        first += batch.num_rows


def _place(raw: RawData, first: int) -> Callable[[int], str]:
    return lambda row: raw.place(first + row)


def _typed(column: pa.Array, inputs: ModelInputs, name: str) -> pa.Array:
    dtype = inputs.specs[name].dtype
    return column if dtype.hasobject else column.cast(pa.from_numpy_dtype(dtype), safe=False)
