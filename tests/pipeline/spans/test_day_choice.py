"""A window is consecutive usable days, or the last ones where gaps are allowed; never fewer."""

import dataclasses
import datetime as dt

import pytest

from components.spans.grain import GRAINS
from pipeline.spans.day_choice import WindowRequest, find_days, longest_window, mature_days
from tests.pipeline.spans.january import day, days

FIVE = WindowRequest(until=None, days=5, eval_days=2)
GAPPY = days(1, 2, 4, 5, 6, 8)


def asked(**changes) -> WindowRequest:
    return dataclasses.replace(FIVE, **changes)


class TestMatureDays:
    @pytest.mark.parametrize(
        ("delay", "mature"), [(0, (1, 2, 4, 9)), (1, (1, 2, 4)), (5, (1, 2, 4)), (6, (1, 2)), (9, ())]
    )
    def test_a_day_is_mature_once_the_newest_is_so_much_later(self, delay: int, mature: tuple[int, ...]):
        assert mature_days(days(1, 2, 4, 9), delay) == days(*mature)

    def test_a_delay_beyond_every_calendar_leaves_no_day(self):
        assert mature_days(days(1, 2), 10**12) == []


class TestUnreadableDays:
    @pytest.mark.parametrize(
        ("unreadable", "longest"),
        [((), 6), ((3,), 4), ((7,), 1), ((3, 7), 1), ((4,), 4), ((8,), 6), ((9,), 6)],
    )
    def test_no_gap_hides_one_but_a_day_that_is_usable_too_and_those_at_the_end_hide_nothing(
        self, unreadable: tuple[int, ...], longest: int
    ):
        request = asked(allow_gaps=True, unreadable=frozenset(days(*unreadable)))
        assert longest_window(GAPPY, request) == longest

    def test_a_window_with_gaps_that_would_hide_one_is_none(self):
        request = asked(allow_gaps=True, unreadable=frozenset(days(3)))
        assert find_days(GAPPY, request) is None
        assert find_days(GAPPY, dataclasses.replace(request, days=4)) == days(4, 5, 6, 8)


class TestFindDays:
    @pytest.mark.parametrize(
        ("until", "chosen"),
        [(None, range(6, 11)), (10, range(6, 11)), (7, range(3, 8)), (5, range(1, 6)), (4, None), (11, None)],
    )
    def test_a_window_is_the_last_days_up_to_until(self, until, chosen):
        found = find_days(days(*range(1, 11)), asked(until=None if until is None else day(until)))
        assert found == (chosen and days(*chosen))

    @pytest.mark.parametrize("allow_gaps", [True, False])
    @pytest.mark.parametrize("until", [0, 9, 400])
    def test_no_window_ends_before_or_after_the_days(self, until: int, allow_gaps: bool):
        assert find_days(GAPPY, asked(until=day(until), days=1, allow_gaps=allow_gaps)) is None

    @pytest.mark.parametrize("until", [1, 8])
    def test_a_window_may_end_on_the_first_and_on_the_newest_day(self, until: int):
        assert find_days(GAPPY, asked(until=day(until), days=1)) == days(until)

    @pytest.mark.parametrize(
        ("until", "length", "chosen"),
        [(6, 3, (4, 5, 6)), (6, 4, None), (3, 1, None), (None, 1, (8,)), (None, 2, None)],
    )
    def test_a_window_has_no_gap(self, until, length, chosen):
        found = find_days(GAPPY, asked(until=None if until is None else day(until), days=length))
        assert found == (chosen and days(*chosen))

    @pytest.mark.parametrize(
        ("until", "length", "chosen"),
        [(6, 4, (2, 4, 5, 6)), (3, 2, (1, 2)), (None, 6, (1, 2, 4, 5, 6, 8)), (None, 7, None)],
    )
    def test_with_gaps_allowed_it_is_the_last_days_that_there_are(self, until, length, chosen):
        found = find_days(
            GAPPY, asked(until=None if until is None else day(until), days=length, allow_gaps=True)
        )
        assert found == (chosen and days(*chosen))


@pytest.mark.parametrize(
    ("until", "allow_gaps", "length"),
    [
        (None, False, 1),
        (6, False, 3),
        (3, False, 0),
        (3, True, 2),
        (None, True, 6),
        (9, True, 0),
        (0, True, 0),
    ],
)
def test_the_longest_window_is_that_of_all_days_in_a_row(until, allow_gaps, length):
    assert (
        longest_window(GAPPY, asked(until=None if until is None else day(until), allow_gaps=allow_gaps))
        == length
    )


@pytest.mark.parametrize(
    ("eval_days", "validation_days", "by_time", "shortest"),
    [(2, 3, True, 6), (2, 3, False, 4), (3, 2, False, 3), (1, 1, True, 3)],
)
def test_the_shortest_window_leaves_a_day_to_fit(eval_days, validation_days, by_time, shortest):
    """As the configuration is checked: eval days below days, validation days below the days of train."""
    request = asked(eval_days=eval_days, validation_days=validation_days, by_time=by_time)
    assert request.shortest_days == shortest


WEEKS = [dt.date(2013, 1, 7) + dt.timedelta(weeks=number) for number in range(5)]
MONTHS = [dt.date(2012 + month // 12, month % 12 + 1, 1) for month in range(10, 15)]


class TestWeeksAndMonths:
    @pytest.mark.parametrize(("grain", "spans"), [("week", WEEKS), ("month", MONTHS)])
    def test_a_window_is_spans_that_follow_each_other(self, grain: str, spans: list[dt.date]):
        request = asked(grain=GRAINS[grain], days=5)
        assert find_days(spans, request) == spans
        assert find_days([*spans[:2], *spans[3:]], request) is None
        assert longest_window([*spans[:2], *spans[3:]], request) == 2

    @pytest.mark.parametrize("until", [dt.date(2012, 12, 1), dt.date(2012, 12, 17), dt.date(2012, 12, 31)])
    def test_until_chooses_the_span_that_it_lies_in(self, until: dt.date):
        assert find_days(MONTHS, asked(grain=GRAINS["month"], days=2, until=until)) == MONTHS[:2]

    def test_until_may_lie_in_the_newest_span_and_not_after_it(self):
        request = asked(grain=GRAINS["month"], days=2)
        for until, found in ((dt.date(2013, 3, 31), MONTHS[-2:]), (dt.date(2013, 4, 1), None)):
            assert find_days(MONTHS, dataclasses.replace(request, until=until)) == found

    @pytest.mark.parametrize(
        ("grain", "spans", "delay", "mature"),
        [("week", WEEKS, 7, 4), ("week", WEEKS, 8, 3), ("month", MONTHS, 31, 4), ("month", MONTHS, 32, 3)],
    )
    def test_the_labels_of_a_spans_last_day_make_it_mature(self, grain, spans, delay: int, mature: int):
        """The newest month, March, ends 31 days after February."""
        assert mature_days(spans, delay, GRAINS[grain]) == spans[:mature]

    @pytest.mark.parametrize(
        ("grain", "validation_days", "shortest"),
        [("day", 6, 9), ("week", 6, 3), ("week", 7, 4), ("month", 30, 3), ("month", 31, 4)],
    )
    def test_the_days_that_are_held_out_are_days_of_rows(self, grain, validation_days: int, shortest: int):
        assert asked(grain=GRAINS[grain], validation_days=validation_days).shortest_days == shortest


class TestDeliveries:
    """The last ones, or all there are; on whatever days they came."""

    FILES = days(1, 2, 9)

    @pytest.mark.parametrize(
        ("length", "until", "chosen"),
        [
            (2, None, (2, 9)),
            (3, None, (1, 2, 9)),
            (60, None, (1, 2, 9)),
            (60, 8, (1, 2)),
            (60, 1, (1,)),
            (60, 0, None),
            (60, 10, None),
        ],
    )
    def test_the_window_is_the_last_ones_or_all_if_there_are_fewer(self, length, until, chosen):
        until = None if until is None else day(until)
        request = asked(grain=GRAINS["file"], by_time=False, days=length, until=until)
        assert find_days(self.FILES, request) == (chosen and days(*chosen))

    def test_one_that_cannot_be_read_makes_no_shorter_window(self):
        request = asked(grain=GRAINS["file"], by_time=False, unreadable=frozenset(days(5)))
        assert find_days(self.FILES, request) is None
        assert find_days(self.FILES, dataclasses.replace(request, days=1)) == days(9)

    def test_one_is_enough(self):
        assert asked(grain=GRAINS["file"], by_time=False, validation_days=7).shortest_days == 1
