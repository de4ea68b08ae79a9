"""What a check does follows its field, an exception for a column, and whether a change is beyond doubt."""

import pytest

from components.data_gate.policy import ColumnReaction
from components.gates.data_checks import ALL
from tests.components.data_gate.days import POLICY


@pytest.mark.parametrize("check", ALL)
def test_every_check_has_a_reaction(check: str):
    assert POLICY.reaction(check) in ("stop", "warn", "ignore")


@pytest.mark.parametrize(
    ("check", "column", "expected"),
    [
        ("median", "temp", "ignore"),
        ("median", "dewp", "warn"),
        ("null share", "temp", "stop"),
        ("median", "", "warn"),
    ],
)
def test_an_exception_is_of_its_check_and_its_column(check: str, column: str, expected: str):
    exception = ColumnReaction(check="median", column="temp", reaction="ignore")
    policy = POLICY.model_copy(update={"exceptions": (exception,)})
    assert policy.reaction(check, column) == expected


@pytest.mark.parametrize(
    ("check", "strong", "mild", "expected"),
    [
        ("median", False, False, "warn"),
        ("median", True, False, "stop"),
        ("null share", False, False, "stop"),
        ("null share", False, True, "warn"),
        ("median", False, True, "warn"),
        ("drift", True, False, "stop"),
    ],
)
def test_where_a_change_would_warn_one_beyond_doubt_stops(
    check: str, strong: bool, mild: bool, expected: str
):
    assert POLICY.reaction_to_change(check, "temp", strong=strong, mild=mild) == expected


@pytest.mark.parametrize("mild", [False, True])
def test_what_is_ignored_stays_so_beyond_doubt(mild: bool):
    exception = ColumnReaction(check="median", column="temp", reaction="ignore")
    policy = POLICY.model_copy(update={"exceptions": (exception,)})
    assert policy.reaction_to_change("median", "temp", strong=True, mild=mild) == "ignore"


def test_a_check_that_there_is_not_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match=r"there is no check 'nul_share'.*did you mean 'null_share'"):
        ColumnReaction(check="nul_share", column="temp", reaction="warn")
