"""A column may be without a name where it is empty, or the first one and an index."""

import pytest

from pipeline.data.rules.unnamed import is_unnamed, with_names

ROWS = [["0", "x", "", ""], ["1", "y", " ", ""]]


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        (["a", "b", "", " "], ROWS, ["a", "b", "Unnamed: 2", "Unnamed: 3"]),
        (["", "b", "c", ""], ROWS, ["Unnamed: 0", "b", "c", "Unnamed: 3"]),
        (["", "Unnamed: 0", "x", ""], ROWS, ["Unnamed: 1", "Unnamed: 0", "x", "Unnamed: 3"]),
        (
            ["", "Unnamed: 0", "Unnamed: 1", ""],
            ROWS,
            ["Unnamed: 2", "Unnamed: 0", "Unnamed: 1", "Unnamed: 3"],
        ),
        (["a", "", "c", "d"], ROWS, ["a", "", "c", "d"]),
        (["a", "", "c"], [["x", "0", "z"]], ["a", "", "c"]),
        (["", "b"], [["1", "x"], ["1", "y"]], ["", "b"]),
        (["", "b"], [["1", "x"], ["z", "y"]], ["", "b"]),
        (["", " "], [["", ""]], ["", " "]),
        (["a", ""], [["1"], ["2", "3", "x"]], ["a", "Unnamed: 1"]),
    ],
)
def test_columns_that_may_be_without_a_name_get_one(header, rows, expected):
    assert with_names(header, rows) == expected


@pytest.mark.parametrize(("name", "expected"), [("Unnamed: 0", True), ("Unnamed: 0x", False), ("a", False)])
def test_a_name_of_a_column_without_one_is_known(name: str, expected: bool):
    assert is_unnamed(name) is expected
