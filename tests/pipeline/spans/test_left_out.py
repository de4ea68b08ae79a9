"""Few days are named one by one, many by the first, the last and their number."""

import pytest

from pipeline.spans.left_out import LeftOut, name_days, name_left_out
from tests.pipeline.spans.january import day, days


@pytest.mark.parametrize(
    ("named", "text"),
    [
        (days(3), "2013-01-03"),
        (days(9, 3, 4), "2013-01-03, 2013-01-04, 2013-01-09"),
        (days(9, 3, 4, 6), "2013-01-03 … 2013-01-09 (4 days)"),
    ],
)
def test_few_days_are_named_and_many_are_counted(named, text: str):
    assert name_days(named) == text


def out(number: int) -> LeftOut:
    return LeftOut(day(number), f"{day(number)}.CSV", f"rename it to {day(number)}.csv")


def test_what_is_left_out_is_named_with_what_to_do():
    assert name_left_out([out(4), out(3), out(5)]) == (
        "2013-01-03.CSV (rename it to 2013-01-03.csv), 2013-01-04.CSV (rename it to 2013-01-04.csv), "
        "2013-01-05.CSV (rename it to 2013-01-05.csv)"
    )


def test_of_many_that_are_left_out_the_last_one_says_why():
    assert name_left_out(map(out, (4, 7, 3, 5))) == (
        "2013-01-03.CSV … 2013-01-07.CSV, 4 in all (the last: rename it to 2013-01-07.csv)"
    )
