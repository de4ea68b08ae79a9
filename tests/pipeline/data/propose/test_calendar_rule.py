from __future__ import annotations

import datetime as dt

import pytest

from pipeline.data.propose.calendar_rule import choose

FIRST = dt.date(2020, 1, 6)  # a Monday


def _days(number: int, rows: int, step: int = 1) -> dict[dt.date, int]:
    return {FIRST + dt.timedelta(days=step * day): rows for day in range(number)}


@pytest.mark.parametrize(
    ("number", "rows", "step", "grain"),
    [
        (60, 100, 1, "day"),
        (120, 20, 1, "day"),
        (121, 499, 1, "week"),
        (121, 500, 1, "day"),
        (400, 500, 1, "day"),
        (401, 4_999, 1, "week"),
        (401, 5_000, 1, "day"),
        (365, 5, 1, "week"),
        (365, 2, 1, "month"),
        (3_600, 30, 1, "month"),
        (60, 40, 7, "week"),
        (24, 40, 31, "month"),
    ],
)
def test_spans_are_the_finest_that_are_neither_thin_nor_too_many(number, rows, step, grain):
    assert choose(_days(number, rows, step)).grain == grain


@pytest.mark.parametrize(("columns", "grain"), [(30, "day"), (60, "day"), (61, "week"), (300, "week")])
def test_a_wide_table_has_fewer_spans(columns: int, grain: str):
    assert choose(_days(60, 50), columns).grain == grain


def test_too_few_days_are_no_spans():
    assert choose(_days(7, 1_000)) is None
    assert choose(_days(8, 1_000)).grain == "day"
    assert choose(_days(8, 10, 7)).grain == "week"
    assert choose({}) is None


def test_the_last_fifth_of_the_rows_judges_and_the_spans_before_stop_the_training():
    calendar = choose(_days(100, 100))
    assert (calendar.days, calendar.eval_days, calendar.validation_days) == (100, 20, 12)
    assert (calendar.window_rows, calendar.eval_rows) == (10_000, 2_000)
    assert calendar.first_eval_day == FIRST + dt.timedelta(days=80)


def test_a_window_holds_no_more_rows_than_teach_a_model_something():
    calendar = choose(_days(100, 100_000))
    assert calendar.days == 20
    assert calendar.window_rows == 2_000_000


def test_a_heap_of_rows_at_the_end_leaves_spans_to_train_on():
    days = _days(10, 30)
    days[max(days)] = 1
    days[sorted(days)[0]] = 100_000
    assert choose(days).eval_days == 4


def test_gaps_are_seen():
    days = _days(60, 100)
    assert not choose(days).has_gaps
    del days[FIRST + dt.timedelta(days=30)]
    assert choose(days).has_gaps


def test_months_hold_out_days_and_not_as_many_days_as_there_are_months():
    calendar = choose(_days(3_600, 5))
    assert calendar.grain == "month"
    assert 300 < calendar.validation_days < 600
