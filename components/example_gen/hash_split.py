"""The split of a row whose day does not decide it."""

from __future__ import annotations

_HASHES = 1 << 32


def part_of(row_hash: int, eval_fraction: float) -> str:
    """Returns the split of a row by a stable hash: the same row is in the same split in every run.

    Args:
      row_hash: of the row's content, 0 to 2**32 - 1.
      eval_fraction: share of rows for evaluation.
    """
    return "eval" if row_hash < eval_fraction * _HASHES else "train"
