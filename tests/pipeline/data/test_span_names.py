"""A span is named by its first day."""

import datetime as dt

import pytest

from pipeline.data.rules import Grain
from pipeline.data.span_names import first_day, next_free_day

THURSDAY = dt.date(2013, 1, 31)


@pytest.mark.parametrize(
    ("grain", "first"), [("day", THURSDAY), ("week", dt.date(2013, 1, 28)), ("month", dt.date(2013, 1, 1))]
)
def test_a_day_belongs_to_the_span_that_its_first_day_names(grain: Grain, first: dt.date):
    assert first_day(THURSDAY, grain) == first
    assert first_day(first, grain) == first


def test_a_second_delivery_of_a_day_gets_the_next_free_one():
    taken = {THURSDAY, THURSDAY + dt.timedelta(days=1)}
    assert next_free_day(THURSDAY, set()) == THURSDAY
    assert next_free_day(THURSDAY, taken) == dt.date(2013, 2, 2)
