"""Conversions between columns of values and the one-element lists of tfx_bsl's coders."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyarrow import compute

_LISTS = {
    pa.int64(): pa.large_list(pa.int64()),
    pa.float32(): pa.large_list(pa.float32()),
    pa.string(): pa.large_list(pa.large_binary()),
}


def as_lists(column: pa.Array) -> pa.Array:
    """Returns one-element lists for values and nulls for nulls: the layout that tfx_bsl's encoder takes."""
    values = column.drop_null() if column.null_count else column
    present = np.ones(len(column), bool)
    if column.null_count:
        present = column.is_valid().to_numpy(zero_copy_only=False)
    ends = np.cumsum(present)
    offsets = np.concatenate([ends - present, [len(values)]])
    missing = np.append(~present, False)  # a null offset makes a null list
    lists = pa.array(offsets, pa.int64(), mask=missing if column.null_count else None)
    return pa.LargeListArray.from_arrays(lists, values.cast(_LISTS[column.type].value_type))


def first_values(lists: pa.Array) -> pa.Array:
    """Returns the first value of each list; null for a null or an empty list."""
    counts = compute.fill_null(compute.list_value_length(lists), 0)
    starts = compute.subtract(compute.cumulative_sum(counts), counts)
    picks = compute.if_else(compute.greater(counts, 0), starts, pa.scalar(None, counts.type))
    return compute.list_flatten(lists).take(picks)
