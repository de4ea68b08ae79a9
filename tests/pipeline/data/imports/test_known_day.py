"""New rows of a day that is there already are told apart: known, grown, added, overlapping, revised."""

import pytest

from pipeline.data.imports.known_day import decide, shared


def without_label(row: str) -> str:
    return row.rpartition(",")[0]


@pytest.mark.parametrize(
    ("old", "new", "decision"),
    [
        (["a,0", "b,1"], ["b,1", "a,0"], "known"),
        (["a,0", "b,1", "c,1"], ["b,1"], "known"),
        (["a,0", "a,0"], ["a,0", "a,0"], "known"),
        (["a,0"], ["a,0", "a,0"], "grown"),
        (["a,0", "b,1"], ["a,0", "b,1", "c,0"], "grown"),
        (["a,0", "b,1"], ["c,0", "d,1"], "add"),
        (["a,0", "b,1"], ["b,1", "c,1"], "overlap"),
        (["a,0", "b,0"], ["a,1", "c,1"], "revised"),
        (["a,", "b,"], ["a,1", "b,1"], "revised"),
    ],
)
def test_the_rows_decide(old: list[str], new: list[str], decision: str):
    assert decide(old, new, without_label) == decision


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["a,0", "a,0", "b,1", "b,1"], ["a,0", "c,1"]),
        (["a,0", "a,1", "b,1", "b,0"], ["a,0", "c,1"]),
        (["c,1", "a,0"], ["a,0", "a,0", "b,1", "b,1"]),
    ],
)
def test_rows_that_repeat_among_themselves_prove_nothing(old: list[str], new: list[str]):
    assert decide(old * 2, new, without_label) == "add"


def test_a_few_repeated_rows_do_not_hide_an_overlap():
    old = [f"{each},0" for each in "abcdefgh"] + ["a,0"]
    assert decide(old, [*old[:4], "x,0"], without_label) == "overlap"


def test_shared_rows_count_as_often_as_in_both():
    assert shared(["a", "a", "b"], ["a", "a", "a"]) == 2
    assert shared(["a"], ["b"]) == 0
