"""A delivery is named by its day, or the next free one."""

import datetime as dt

from pipeline.data.imports.span_names import next_free_day

THURSDAY = dt.date(2013, 1, 31)


def test_a_second_delivery_of_a_day_gets_the_next_free_one():
    taken = {THURSDAY, THURSDAY + dt.timedelta(days=1)}
    assert next_free_day(THURSDAY, set()) == THURSDAY
    assert next_free_day(THURSDAY, taken) == dt.date(2013, 2, 2)
