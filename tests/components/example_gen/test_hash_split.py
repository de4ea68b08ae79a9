"""A row is in the same split in every run, and the share for evaluation is the one in the configuration."""

import pytest

from components.example_gen.hash_split import part_of


@pytest.mark.parametrize(
    ("row_hash", "fraction", "part"),
    [
        (0, 0.25, "eval"),
        (2**30 - 1, 0.25, "eval"),
        (2**30, 0.25, "train"),
        (2**32 - 1, 0.25, "train"),
        (2**32 - 1, 1.0, "eval"),
        (0, 0.0, "train"),
    ],
)
def test_a_row_is_for_evaluation_if_its_hash_is_in_the_first_share(row_hash: int, fraction: float, part: str):
    assert part_of(row_hash, fraction) == part
