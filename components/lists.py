"""Between columns of values and the one-element lists that tfx_bsl's coders speak."""

from __future__ import annotations

import pyarrow as pa
from pyarrow import compute

_LISTS = {
    pa.int64(): pa.large_list(pa.int64()),
    pa.float32(): pa.large_list(pa.float32()),
    pa.string(): pa.large_list(pa.large_binary()),
}


def as_lists(column: pa.Array) -> pa.Array:
    """One-element lists for values, nulls for nulls: the layout that tfx_bsl's encoder takes."""
    target = _LISTS[column.type]
    present = column.is_valid()
    values = column.drop_null().cast(target.value_type)
    counts = present.cast(pa.int64())
    ends = compute.cumulative_sum(counts)
    starts = compute.if_else(present, compute.subtract(ends, counts), pa.scalar(None, pa.int64()))
    offsets = pa.concat_arrays([starts, ends[-1:]])  # a null offset makes a null list
    return pa.LargeListArray.from_arrays(offsets, values)


def first_values(lists: pa.Array) -> pa.Array:
    """The first value of each list; null for a null or an empty list."""
    counts = compute.fill_null(compute.list_value_length(lists), 0)
    starts = compute.subtract(compute.cumulative_sum(counts), counts)
    picks = compute.if_else(compute.greater(counts, 0), starts, pa.scalar(None, counts.type))
    return compute.list_flatten(lists).take(picks)
