"""A span begins with a day of its grain, holds the days up to the next one, and the calendar has no hole."""

import datetime as dt

import pytest

from components.spans.grain import DAY, GRAINS

ALL = pytest.mark.parametrize("name", GRAINS)
DAYS = [dt.date(2011, 12, 20) + dt.timedelta(days=number) for number in range(0, 900)]


@ALL
def test_every_day_lies_in_the_span_that_its_first_day_begins(name: str):
    grain = GRAINS[name]
    for day in DAYS:
        first = grain.first_day(day)
        assert grain.first_day(first) == first
        assert first <= day <= grain.last_day(first)


@ALL
def test_the_next_span_begins_where_one_ends(name: str):
    grain = GRAINS[name]
    for day in DAYS:
        first = grain.first_day(day)
        following = grain.next(first)
        assert following == grain.last_day(first) + dt.timedelta(days=1)
        assert grain.first_day(following) == following
        assert grain.back(following, 1) == first
        assert grain.back(following, 0) == following


@pytest.mark.parametrize(
    ("name", "day", "first", "last"),
    [
        ("day", "2013-02-28", "2013-02-28", "2013-02-28"),
        ("week", "2013-01-06", "2012-12-31", "2013-01-06"),
        ("week", "2013-01-07", "2013-01-07", "2013-01-13"),
        ("month", "2012-02-29", "2012-02-01", "2012-02-29"),
        ("month", "2013-02-03", "2013-02-01", "2013-02-28"),
        ("month", "2013-12-31", "2013-12-01", "2013-12-31"),
        ("month", "2013-04-30", "2013-04-01", "2013-04-30"),
        ("file", "2013-02-28", "2013-02-28", "2013-02-28"),
    ],
)
def test_weeks_begin_on_mondays_and_months_on_the_first(name: str, day: str, first: str, last: str):
    grain = GRAINS[name]
    found = grain.first_day(dt.date.fromisoformat(day))
    assert (found.isoformat(), grain.last_day(found).isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("name", "begin", "spans", "first"),
    [
        ("day", "2013-01-31", 31, "2012-12-31"),
        ("week", "2013-01-28", 4, "2012-12-31"),
        ("month", "2013-01-01", 1, "2012-12-01"),
        ("month", "2013-01-01", 13, "2011-12-01"),
    ],
)
def test_back_counts_spans(name: str, begin: str, spans: int, first: str):
    assert GRAINS[name].back(dt.date.fromisoformat(begin), spans).isoformat() == first


@ALL
def test_neither_end_of_the_calendar_is_a_crash(name: str):
    grain = GRAINS[name]
    assert grain.back(grain.first_day(dt.date.min), 99) == dt.date.min
    assert grain.first_day(dt.date(1, 1, 1)) == dt.date.min
    assert grain.last_day(grain.first_day(dt.date.max)) == dt.date.max


@pytest.mark.parametrize(
    ("name", "days", "spans"),
    [
        ("day", 8, 8),
        ("day", 0, 1),
        ("week", 7, 1),
        ("week", 8, 2),
        ("month", 31, 1),
        ("month", 32, 2),
        ("file", 99, 1),
    ],
)
def test_so_many_spans_can_hold_so_many_days(name: str, days: int, spans: int):
    assert GRAINS[name].spans_for(days) == spans


def test_only_deliveries_have_no_calendar():
    assert [name for name, grain in GRAINS.items() if not grain.has_calendar] == ["file"]
    assert [name for name, grain in GRAINS.items() if grain.covers_days] == ["week", "month"]


@pytest.mark.parametrize(
    ("name", "one", "many"),
    [
        ("day", "1 day", "2 days"),
        ("week", "1 week", "2 weeks"),
        ("month", "1 month", "2 months"),
        ("file", "1 delivery", "2 deliveries"),
    ],
)
def test_spans_have_a_word(name: str, one: str, many: str):
    assert (GRAINS[name].count(1), GRAINS[name].count(2)) == (one, many)
    assert GRAINS["day"] is DAY
