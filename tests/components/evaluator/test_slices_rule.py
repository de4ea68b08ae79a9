"""A slice is judged if a category gives it and its rows are enough; every other one is named with why."""

from typing import ClassVar

import pytest

from components.evaluator.slices_rule import Group, faulty_slices, judged, not_judged
from tests.components.evaluator.test_policy import POLICY

SMALLEST = POLICY.model_copy(update={"min_slice_rows": 100, "min_slice_class_rows": 10})


def why(group: Group, metric: str = "AUC") -> str | None:
    """Why a slice is not judged."""
    large, small = judged({"sex=f": group}, ("sex",), metric, SMALLEST)
    assert (large == ["sex=f"]) is (not small)
    return small.get("sex=f")


@pytest.mark.parametrize(
    ("group", "reason"),
    [
        (Group(99, (50, 49)), "99 rows, under 100"),
        (Group(100, (50, 50)), None),
        (Group(100, (90, 10)), None),
        (Group(100, (10, 90)), None),
        (Group(100, (91, 9)), "9 of its rarest class"),
        (Group(100, (1, 99)), "1 of its rarest class"),
        (Group(100, (100, 0)), "one class"),
        (Group(100, (0, 100)), "one class"),
        (Group(0, (0, 0)), "0 rows, under 100"),
    ],
)
def test_of_two_classes_the_rarer_one_decides_too(group: Group, reason: str | None):
    assert why(group) == reason
    assert why(group, "BinaryCrossentropy") == reason


def test_of_more_classes_the_rarest_decides_where_each_counts_alike():
    rare, one = Group(100, (50, 45, 5)), Group(100, (100, 0, 0))
    assert why(rare) == "5 of its rarest class"
    assert why(rare, "F1Score") == "5 of its rarest class"
    assert why(rare, "SparseCategoricalAccuracy") is None
    assert (why(one), why(one, "SparseCategoricalAccuracy")) == ("one class", None)
    assert why(Group(100, (50, 50, 0))) is None  # a class that a slice never has says nothing of it


def test_where_the_label_is_a_number_only_rows_count():
    assert why(Group(100), "MeanAbsoluteError") is None
    assert why(Group(99), "MeanAbsoluteError") == "99 rows, under 100"


def test_slices_of_other_columns_are_none():
    groups = {"sex=f": Group(100), "sexes=f": Group(100), "age=3": Group(1), "overall": Group(100)}
    assert judged(groups, ("sex",), "R2Score", SMALLEST) == (["sex=f"], {})
    assert judged({"sex=a=b": Group(100)}, ("sex",), "R2Score", SMALLEST)[0] == ["sex=a=b"]


def test_the_largest_three_that_were_not_judged_are_named():
    groups = {f"sex={letter}": Group(rows) for letter, rows in zip("abcde", (7, 30, 12, 12, 3), strict=True)}
    _, reasons = judged(groups, ("sex",), "R2Score", SMALLEST)
    assert not_judged(groups, reasons) == [
        "not judged: sex=b (30 rows, under 100), sex=c (12 rows, under 100), sex=d (12 rows, under 100), "
        "and 2 more"
    ]
    del reasons["sex=a"], reasons["sex=e"]
    assert not_judged(groups, reasons) == [
        "not judged: sex=b (30 rows, under 100), sex=c (12 rows, under 100), sex=d (12 rows, under 100)"
    ]
    assert not_judged(groups, {}) == []


class TestASliceThatNoColumnGives:
    COLUMNS: ClassVar = {
        "day": "date",
        "late": "label",
        "origin": "category",
        "temp": "number",
        "dest": "category",
    }

    def test_a_category_gives_slices(self):
        assert [*faulty_slices(["dest", "origin"], self.COLUMNS)] == []

    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("Orgin", "there is no column 'Orgin' (did you mean 'origin'?); there are origin, dest"),
            ("shade", "there is no column 'shade'; there are origin, dest"),
            (
                "late",
                "column 'late' is the label, and a slice is the rows of one category; there are origin, dest",
            ),
            (
                "temp",
                "column 'temp' is a number, and a slice is the rows of one category; there are origin, dest",
            ),
            (
                "day",
                "column 'day' is a date, and a slice is the rows of one category; there are origin, dest",
            ),
        ],
    )
    def test_every_other_column_does_not(self, name: str, why: str):
        assert [*faulty_slices(["dest", name], self.COLUMNS)] == [(1, why)]
