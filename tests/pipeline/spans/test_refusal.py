"""A refused window says what is missing and what helps, and ends the command with 2 or with 1."""

import dataclasses
import datetime as dt

import pytest

from components.spans.grain import GRAINS
from pipeline.errors import STOPPED, USAGE, UserError
from pipeline.spans.day_choice import WindowRequest, mature_days
from pipeline.spans.left_out import LeftOut
from pipeline.spans.refusal import why_none
from tests.pipeline.spans.january import day, days

FIVE = WindowRequest(until=None, days=5, eval_days=1)
EIGHT = days(*range(1, 9))


def why(there, left_out=(), **changes) -> UserError:
    request = dataclasses.replace(FIVE, **changes)
    return why_none(there, mature_days(there, request.label_delay_days), request, left_out)


def misnamed(number: int) -> LeftOut:
    return LeftOut(day(number), f"{day(number)}.CSV", f"rename it to {day(number)}.csv")


class TestUntilOutsideOfTheDays:
    @pytest.mark.parametrize(("until", "ago"), [(9, "1 day"), (10, "2 days"), (181, "173 days")])
    @pytest.mark.parametrize("allow_gaps", [True, False])
    def test_after_the_newest_day_it_says_how_old_that_one_is(self, until: int, ago: str, allow_gaps: bool):
        fault = why(EIGHT, until=day(until), allow_gaps=allow_gaps)
        assert (fault.exit_code, str(fault)) == (
            USAGE,
            f"there is no data for {day(until)}; the newest day before it is 2013-01-08, {ago} earlier: "
            "leave out --until, or add the days that are missing",
        )

    def test_before_the_data_begins_it_says_where_that_is(self):
        fault = why(days(*range(5, 13)), until=day(4))
        assert (fault.exit_code, str(fault)) == (
            USAGE,
            "there is no data up to 2013-01-04; the data begins on 2013-01-05: "
            "leave out --until, or add the days that are missing",
        )

    @pytest.mark.parametrize("until", [7, 8])
    def test_on_a_day_whose_labels_are_still_coming_in_it_names_the_newest_that_can_be_used(self, until: int):
        fault = why(EIGHT, until=day(until), label_delay_days=2)
        assert (fault.exit_code, str(fault)) == (
            USAGE,
            f"the labels of {day(until)} are still coming in; 2013-01-07, 2013-01-08: without all labels "
            "yet, as data.label_delay_days is 2, so the newest day that can be used is 2013-01-06: "
            "leave out --until, or add the days that are missing",
        )

    def test_in_a_gap_between_immature_days_it_speaks_of_no_label(self):
        fault = why(days(1, 2, 3, 4, 5, 6, 9), until=day(8), label_delay_days=2)
        assert fault.exit_code == USAGE
        assert str(fault).startswith(
            "there is no data for 2013-01-08; the newest day before it is 2013-01-06, 2 days earlier; "
        )

    def test_beyond_the_immature_days_it_names_both_newest_days(self):
        fault = why(EIGHT, until=day(9), label_delay_days=1)
        assert fault.exit_code == USAGE
        assert str(fault).startswith(
            "there is no data for 2013-01-09; the newest day before it is 2013-01-08, 1 day earlier; "
            "2013-01-08: without all labels yet"
        )
        assert "the newest day that can be used is 2013-01-07: leave out --until" in str(fault)

    def test_on_a_day_that_is_there_and_left_out_the_data_is_at_fault(self):
        fault = why(EIGHT, [misnamed(9)], until=day(9))
        assert (fault.exit_code, str(fault)) == (
            STOPPED,
            "there is no data for 2013-01-09; the newest day before it is 2013-01-08, 1 day earlier; "
            "left out: 2013-01-09.CSV (rename it to 2013-01-09.csv): "
            "leave out --until, or add the days that are missing",
        )

    def test_a_day_that_is_left_out_elsewhere_excuses_no_other(self):
        assert why(EIGHT, [misnamed(9)], until=day(10)).exit_code == USAGE


class TestTooFewDays:
    def test_a_gap_is_named_with_what_gives_a_window(self):
        fault = why(days(1, 2, 4, 5, 6))
        assert (fault.exit_code, str(fault)) == (
            STOPPED,
            "the window 2013-01-02 … 2013-01-06 has no data for 1 of its 5 days (first 2013-01-03); "
            "there is data from 2013-01-01 to 2013-01-06: "
            "set window.days=3, or set window.allow_gaps=true, or add the days that are missing",
        )

    @pytest.mark.parametrize(
        ("there", "until", "missing"),
        [
            ((2, 3, 5, 6), 6, "1 of its 5 days (first 2013-01-04)"),
            ((3, 5), 5, "3 of its 5 days (first 2013-01-01)"),
        ],
    )
    def test_days_are_counted_inside_the_window_only(self, there, until, missing):
        assert f"has no data for {missing};" in str(why(days(*there, 8), until=day(until)))

    @pytest.mark.parametrize("until", [1, 8])
    def test_a_window_that_ends_on_the_first_or_the_newest_day_is_the_datas_fault(self, until: int):
        fault = why(days(1, 2, 3, 4, 6, 7, 8), until=day(until))
        assert fault.exit_code == STOPPED
        assert str(fault).startswith("the window ")

    @pytest.mark.parametrize(("until", "there"), [(None, 3), (5, 3), (4, 2)])
    def test_where_gaps_are_allowed_the_days_are_counted(self, until, there):
        fault = why(days(1, 3, 5), until=until and day(until), allow_gaps=True)
        assert fault.exit_code == STOPPED
        assert str(fault).startswith(
            f"the window needs 5 days up to {day(until or 5)} and there are {there}: "
        )

    def test_where_nothing_helps_but_data_the_days_are_counted(self):
        assert str(why(days(1, 2), eval_days=2, validation_days=3)).endswith(
            ": the shortest window that leaves a day to fit beside window.eval_days and "
            "training.validation_days has 6 days; add at least 4"
        )

    @pytest.mark.parametrize(
        ("until", "named"),
        [
            (None, "2013-01-04.CSV … 2013-01-09.CSV, 4 in all"),
            (8, "2013-01-04.CSV (rename it to 2013-01-04.csv)"),
        ],
    )
    def test_days_that_are_left_out_of_it_are_named_and_no_others(self, until, named):
        out = [misnamed(number) for number in ((3, 4, 9, 10, 11) if until else (3, 4, 7, 8, 9))]
        text = str(why(days(1, 2, 5, 6, 8), out, until=until and day(until)))
        assert f"; left out: {named}" in text

    @pytest.mark.parametrize("allow_gaps", [True, False])
    def test_with_gaps_allowed_every_day_left_out_before_the_end_counts(self, allow_gaps: bool):
        text = str(why(days(2, 10), [misnamed(1)], allow_gaps=allow_gaps))
        assert ("2013-01-01.CSV" in text) is allow_gaps

    def test_days_without_all_labels_are_named(self):
        assert (
            "to 2013-01-03; 2013-01-05, 2013-01-06: without all labels yet, as data.label_delay_days is 2, "
            "so the newest day that can be used is 2013-01-03: set window.days=3"
        ) in str(why(days(1, 2, 3, 5, 6), label_delay_days=2))

    def test_a_day_in_the_first_days_of_the_calendar_is_no_crash(self):
        first = day(1).replace(year=1, day=2)
        assert "the window 0001-01-01 … 0001-01-02 has no data for 4 of its 5" in str(why([first]))


def test_where_no_day_has_all_its_labels_it_says_so():
    fault = why(days(1, 2, 3), label_delay_days=3)
    assert (fault.exit_code, str(fault)) == (
        STOPPED,
        "no day has all its labels yet: the days are 2013-01-01 to 2013-01-03 and data.label_delay_days is "
        "3; wait, or lower it if labels come sooner",
    )


class TestOtherSpansThanDays:
    MONTHS = tuple(dt.date(2013, month, 1) for month in (1, 2, 4, 5))

    def why(self, grain: str, **changes) -> str:
        request = dataclasses.replace(FIVE, grain=GRAINS[grain], **changes)
        return str(why_none(self.MONTHS, self.MONTHS, request))

    def test_a_month_that_is_missing_is_named_by_its_first_day(self):
        assert self.why("month", days=3) == (
            "the window 2013-03-01 … 2013-05-01 has no data for 1 of its 3 months (first 2013-03-01); "
            "there is data from 2013-01-01 to 2013-05-01: set window.days=2, or "
            "set window.allow_gaps=true, or add the months that are missing"
        )

    def test_a_day_after_them_all_is_in_a_month_without_data(self):
        assert self.why("month", days=2, until=dt.date(2013, 6, 20)) == (
            "there is no data for the month of 2013-06-01; the newest month before it is 2013-05-01, "
            "31 days earlier: leave out --until, or add the months that are missing"
        )

    def test_one_before_them_all_too(self):
        assert "no data up to the month of 2012-12-01" in self.why("month", until=dt.date(2012, 12, 31))

    def test_deliveries_are_counted(self):
        unreadable = frozenset([dt.date(2013, 4, 2)])
        changes = {"days": 4, "by_time": False, "unreadable": unreadable}
        assert self.why("file", **changes).startswith(
            "the window needs 4 deliveries up to 2013-05-01 and there are 1 since a delivery that cannot be "
            "read"
        )
        assert "there is no data for 2013-06-20; the newest delivery" in self.why(
            "file", until=dt.date(2013, 6, 20)
        )


def test_every_refusal_is_one_line():
    for request in ({"until": day(99)}, {"until": day(-9)}, {"days": 99}, {"label_delay_days": 99}):
        assert "\n" not in str(why(EIGHT, [misnamed(9)], **request))
