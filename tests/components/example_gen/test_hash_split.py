"""A row is on the same side in every run, and the share for evaluation is the one in the configuration."""

import dataclasses

import pytest

from components.example_gen.hash_split import (
    HashSplit,
    from_json,
    from_values,
    keeps_apart,
    of_copy,
    part_of,
    side_of,
)

SPLIT = HashSplit(0.2, (("age", "float32"), ("sex", "string")), False)


def test_the_side_of_a_row_never_changes():
    """Pinned: another hash would let a champion be judged on rows that it was trained on."""
    sides = [part_of(f"row {number}", 0.25) for number in range(12)]
    assert [number for number, side in enumerate(sides) if side == "eval"] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    ("row_hash", "fraction", "side"),
    [
        (0, 0.25, "eval"),
        (2**62 - 1, 0.25, "eval"),
        (2**62, 0.25, "train"),
        (2**64 - 1, 0.25, "train"),
        (2**63, 0.75, "eval"),
        (0, 0.0, "train"),
    ],
)
def test_a_row_judges_if_its_hash_is_in_the_first_share(row_hash: int, fraction: float, side: str):
    assert side_of(row_hash, fraction) == side


@pytest.mark.parametrize("fraction", [0.0, 0.05, 0.25, 0.9, 1.0])
def test_the_share_of_rows_that_judge_is_the_one_asked_for(fraction: float):
    judge = sum(part_of(str(number), fraction) == "eval" for number in range(20_000))
    assert judge / 20_000 == pytest.approx(fraction, abs=0.01 if 0 < fraction < 1 else 0)


def test_with_a_smaller_share_only_rows_judge_that_judged_before():
    for number in range(2_000):
        assert part_of(str(number), 0.1) == "train" or part_of(str(number), 0.2) == "eval"


def test_copies_of_a_row_have_texts_of_their_own_and_the_first_has_the_rows():
    assert of_copy("a", 0) == "a"
    assert len({of_copy("a", number) for number in range(5)}) == 5


def test_json_carries_a_split():
    assert from_json(SPLIT.as_json()) == SPLIT
    assert from_json("") is None
    assert SPLIT.names == ("age", "sex")


def test_a_split_by_another_rule_is_none_that_is_known():
    assert from_values({"rule": 1, "eval_fraction": 0.2, "columns": {}, "spread_copies": False}) is None


@pytest.mark.parametrize(
    ("change", "apart"),
    [
        ({}, True),
        ({"eval_fraction": 0.1}, True),
        ({"eval_fraction": 0.21}, False),
        ({"columns": SPLIT.columns[:1]}, False),
        ({"columns": (("age", "int64"), ("sex", "string"))}, False),
        ({"spread_copies": True}, False),
    ],
)
def test_rows_that_judge_now_were_kept_apart_by_the_same_hash_and_no_smaller_share(change, apart: bool):
    assert keeps_apart(SPLIT, dataclasses.replace(SPLIT, **change)) is apart
