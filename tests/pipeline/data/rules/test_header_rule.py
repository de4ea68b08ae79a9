"""A header names every column once; tomorrow's has the columns of the rules, and no others."""

import pytest

from pipeline.data.rules.dialect import Dialect
from pipeline.data.rules.header_rule import check_columns, check_same_header, checked_header, missing_columns
from pipeline.data.rules.import_rules import ColumnRule, ImportRules, LeftOut
from pipeline.errors import DataError

RULES = ImportRules(
    Dialect(),
    "file",
    None,
    (ColumnRule("fare", "Fare (EUR)"), ColumnRule("late", "Late")),
    (LeftOut("Id", "names each row"),),
)


def test_blanks_around_names_are_cut_off():
    assert checked_header("f.csv", [" a ", "b"]) == ("a", "b")


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["", " "], "the header has no names; begin the file with a line of column names"),
        (["a", " ", "c"], "column 2 of 3 has no name in the header"),
        (["a", "b", "a "], "column 'a' stands twice in the header, as columns 1 and 3"),
    ],
)
def test_a_header_without_names_or_with_one_twice_is_refused(names: list[str], words: str):
    with pytest.raises(DataError) as refusal:
        checked_header("f.csv", names)
    assert str(refusal.value).startswith(f"f.csv: {words}")


def test_a_new_column_without_a_name_is_accepted():
    check_columns("f.csv", ["Fare (EUR)", "Late", "Unnamed: 2"], RULES)


@pytest.mark.parametrize("header", [["Late", "Id", "Fare (EUR)"], ["Fare (EUR)", "Late"]])
def test_order_and_columns_left_out_are_free(header: list[str]):
    check_columns("f.csv", header, RULES)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["Fare (EUR)", "Id"], "f.csv: column 'Late' is missing; the header has 'Fare (EUR)', 'Id'; "),
        (
            ["Fare (Eur)", "Late"],
            "f.csv: column 'Fare (EUR)' is missing (is it 'Fare (Eur)'?); new instead: 'Fare (Eur)'; ",
        ),
        (["x"], "f.csv: columns 'Fare (EUR)', 'Late' are missing; new instead: 'x'; "),
        (["Fare (EUR)", "Late", "Tip"], "f.csv: new column 'Tip'; name it under left_out in "),
        (
            ["Fare (EUR)", "Late", "Tip", "Tax"],
            "f.csv: new columns 'Tip', 'Tax'; name them under left_out in ",
        ),
    ],
)
def test_a_lost_or_new_column_is_named(header: list[str], words: str):
    with pytest.raises(DataError) as refusal:
        check_columns("f.csv", header, RULES)
    assert str(refusal.value).startswith(words)


def test_many_columns_are_not_all_listed():
    with pytest.raises(DataError, match="'c7' and 1 more; name them"):
        check_columns("f.csv", ["Fare (EUR)", "Late", *(f"c{at}" for at in range(9))], RULES)
    with pytest.raises(DataError, match="'c7'; name them"):
        check_columns("f.csv", ["Fare (EUR)", "Late", *(f"c{at}" for at in range(8))], RULES)


def test_files_of_a_folder_have_one_header_in_any_order():
    check_same_header("2.csv", ["b", "a"], "1.csv", ["a", "b"])


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["a"], "it lacks 'b';"),
        (["a", "b", "c"], "it has 'c';"),
        (["a", "c"], "it lacks 'b' and it has 'c';"),
    ],
)
def test_a_file_with_another_header_is_named(header: list[str], words: str):
    with pytest.raises(DataError) as refusal:
        check_same_header("2.csv", header, "1.csv", ["a", "b"])
    assert str(refusal.value).startswith(f"2.csv: other columns than 1.csv: {words}")


def test_what_a_lost_column_may_be_called_now_is_sought_among_those_that_nobody_knows():
    assert "(is it 'Fares'?)" in missing_columns("f.csv", ["fare"], ["Fares", "x"])
    assert "(is it 'Fares'?)" in missing_columns("f.csv", ["fare"], ["x"], ["Fares"])
    assert "is it" not in missing_columns("f.csv", ["fare"], ["Fares", "x"], ["tip"])
