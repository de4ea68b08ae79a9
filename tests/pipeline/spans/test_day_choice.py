"""A window is consecutive usable days, or the last ones where gaps are allowed; never fewer."""

import dataclasses

import pytest

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
    [(2, 3, True, 6), (2, 3, False, 4), (3, 2, False, 4), (1, 1, True, 3)],
)
def test_the_shortest_window_leaves_a_day_to_fit(eval_days, validation_days, by_time, shortest):
    """As the configuration is checked: eval days below days, validation days below the days of train."""
    request = asked(eval_days=eval_days, validation_days=validation_days, by_time=by_time)
    assert request.shortest_days == shortest
