"""Refuses cells in a column without a name that the rules do not know."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from pyarrow import compute

from pipeline.data.rules.import_rules import ImportRules
from pipeline.data.rules.unnamed import is_unnamed
from pipeline.errors import DataError
from serving.values import quoted


def check_unnamed(batch: pa.RecordBatch, rules: ImportRules, place: Callable[[int], str]) -> None:
    """Accepts columns without a name that are empty, or under the rules.

    Raises:
      DataError: the first cell of one that is not.
    """
    known = {each.source for each in rules.columns} | {each.source for each in rules.left_out}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name in known or not is_unnamed(name):
            continue
        filled = compute.not_equal(compute.utf8_trim_whitespace(column), "")
        row = compute.index(filled, True).as_py()
        if row >= 0:
            raise DataError(
                f"{place(row)}: {quoted(column[row].as_py())} in a column without a name, which is new; name "
                f"{quoted(name)} under left_out in pipeline/configs/import.yaml, or remove the column"
            )
