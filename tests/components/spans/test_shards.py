"""Files are packed into shards in order, and no shard exceeds the limit unless one file does."""

import pytest

from components.spans.shards import pack


@pytest.mark.parametrize(
    ("sizes", "shards"),
    [
        ([], []),
        ([3], [[0]]),
        ([5, 5], [[0, 1]]),
        ([5, 6], [[0], [1]]),
        ([4, 4, 4, 4, 4], [[0, 1], [2, 3], [4]]),
        ([11, 1], [[0], [1]]),
        ([1, 11, 1], [[0], [1], [2]]),
        ([0, 10, 0, 1], [[0, 1, 2], [3]]),
    ],
)
def test_files_are_packed_in_order_into_shards_within_the_limit(sizes: list[int], shards: list[list[int]]):
    assert pack(sizes, 10) == shards
