"""Rows that stand several times, and columns that say the same. Decided on the sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipeline.data.infer.proposed import Proposed
from pipeline.data.propose.frame import Frame

_FEW_DIFFERENT = 0.25  # share of different rows, below which copies are the rule


def copies_are_the_rule(frame: Frame) -> bool:
    """Whether most rows have twins, so that a hash of their features would send whole crowds to one side."""
    return len(np.unique(frame.row_hash)) < _FEW_DIFFERENT * len(frame.row_hash)


def equal_columns(frame: Frame, columns: Sequence[Proposed]) -> dict[str, str]:
    """Returns each column that says the same as an earlier one, and that one.

    Categories are the same if one's values stand for the other's, one for one; numbers if they are equal.
    """
    seen: dict[bytes, str] = {}
    equal: dict[str, str] = {}
    for column in columns:
        if column.kind in ("text", "timestamp"):
            continue
        at = [index for index, source in enumerate(frame.sources) if source == column.name]
        if not at:
            continue
        mark = _mark(frame.values[:, at[0]], bool(frame.categorical[at[0]]))
        if mark in seen:
            equal[column.name] = seen[mark]
        else:
            seen[mark] = column.name
    return equal


def _mark(values: np.ndarray, is_category: bool) -> bytes:
    known = np.isfinite(values)
    if is_category:
        filled = np.where(known, values, -1.0)
        _, first, inverse = np.unique(filled, return_index=True, return_inverse=True)
        in_order = np.argsort(np.argsort(first))
        return b"category" + in_order[inverse.reshape(-1)].astype(np.int32).tobytes()
    return b"number" + np.where(known, values, -1e300).tobytes()
