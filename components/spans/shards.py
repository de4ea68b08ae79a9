"""Files grouped into shards by size."""

from __future__ import annotations

from collections.abc import Sequence


def pack(sizes: Sequence[int], limit: int) -> list[list[int]]:
    """Groups files, in their order, into shards of at most `limit` bytes; a larger file is a shard alone.

    Args:
      sizes: of the files, in bytes.
      limit: largest size of a shard, in bytes.

    Returns:
      Positions in `sizes`, a list for each shard.
    """
    shards: list[list[int]] = []
    filled = limit
    for position, size in enumerate(sizes):
        if filled + size > limit or not shards:
            shards.append([])
            filled = 0
        shards[-1].append(position)
        filled += size
    return shards
