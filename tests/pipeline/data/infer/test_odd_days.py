"""A column of days is one although a few cells are none, and says so."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.data.infer.survey import survey
from pipeline.data.propose.proposal import Proposal, propose
from pipeline.data.propose.questions import Answers, Defaults
from pipeline.data.raw.open_raw import open_raw
from pipeline.errors import DataError
from tests.pipeline.data.practice_tables import Table

TODAY = dt.date(2024, 6, 1)
ROWS = 1_200


def _proposed(folder, days, answers=None) -> Proposal:
    random = [(row * 7919) % 101 for row in range(ROWS)]
    rows = [[days[row], random[row], int(random[row] * 31 % 97 > 48)] for row in range(ROWS)]
    table = Table("odd.csv", "y", rows, {"day": None, "x": None, "y": None})
    return propose(survey(open_raw(str(table.write(folder)))), "y", answers or Answers(), Defaults(), TODAY)


def _days(form: str = "%Y-%m-%d") -> list[str]:
    return [(dt.date(2023, 1, 1) + dt.timedelta(days=row // 10)).strftime(form) for row in range(ROWS)]


def _day(proposal: Proposal):
    return next(column for column in proposal.columns if column.source == "day")


@pytest.mark.parametrize(
    ("form", "odd"),
    [
        ("%Y-%m-%d", "9999-12-31"),
        ("%Y-%m-%d", "0001-01-01"),
        ("%Y-%m-%d", "1900-01-01"),
        ("%Y-%m-%d", "2023-02-30"),
        ("%Y-%m-%d", "not yet"),
        ("%Y-%m-%d", "9999-12-31 23:59:59"),
        ("%d.%m.%Y", "30.02.2023"),
        ("%d/%m/%Y", "31/12/9999"),
        ("%m/%d/%Y", "12/31/9999"),
        ("%Y-%m-%d 10:%M:%S", "9999-12-31 00:00:00"),
        ("%Y%m%d", "99991231"),
    ],
)
def test_a_few_cells_that_are_no_days_are_read_as_empty_and_said(form, odd, tmp_path):
    days = _days(form)
    days[100] = days[700] = odd
    proposal = _proposed(tmp_path, days)
    day = _day(proposal)
    assert day.kind in ("date", "timestamp")
    assert odd in day.rule.nulls
    assert not day.required
    assert any(odd in each and "read as empty" in each for each in proposal.warnings)
    assert any("day is dates but for 2 cells such as" in each for each in proposal.warnings)


def test_a_day_that_stands_for_none_may_stand_in_most_rows(tmp_path):
    days = [day if row % 5 == 0 else "9999-12-31" for row, day in enumerate(_days())]
    assert _day(_proposed(tmp_path, days)).kind == "date"


def test_1900_is_a_day_where_others_are_near_it(tmp_path):
    days = ["1900-01-01", "1905-03-04", *_days()[2:]]
    assert "1900-01-01" not in _day(_proposed(tmp_path, days)).rule.nulls


def test_many_cells_that_are_no_days_make_a_column_none_and_one_is_named(tmp_path):
    days = [day if row % 10 else f"week {row}" for row, day in enumerate(_days())]
    proposal = _proposed(tmp_path, days)
    assert _day(proposal).kind == "category"
    assert any("120 cells are none, as 'week 0'" in each for each in proposal.warnings)
    with pytest.raises(DataError, match="no days, as 'week 0'"):
        _proposed(tmp_path, days, Answers(date="day"))


@pytest.mark.parametrize("odd", ["9999-12-31", "2023-02-30", "not yet", "unknown"])
def test_a_row_s_day_names_the_cell_that_is_none(odd, tmp_path):
    days = _days()
    days[100] = odd
    with pytest.raises(DataError, match=f"--date 'day' is no day in 1 cell such as '{odd}'"):
        _proposed(tmp_path, days, Answers(date="day"))


def test_a_row_s_day_without_odd_cells_stays_one(tmp_path):
    assert _proposed(tmp_path, _days()).date.source == "day"


def test_months_are_the_row_s_day_in_spans_of_months(tmp_path):
    months = [f"{2010 + row // 240}/{1 + row // 20 % 12:02}" for row in range(ROWS)]
    proposal = _proposed(tmp_path, months)
    assert (_day(proposal).role, _day(proposal).rule.formats, proposal.grain) == ("date", ("%Y/%m",), "month")
    assert proposal.calendar.first_day == dt.date(2010, 1, 1)


def test_days_of_which_a_few_lack_the_day_stay_days(tmp_path):
    days = _days()
    days[5] = "2023-01"
    assert _day(_proposed(tmp_path, days)).kind == "date"


def test_numbers_that_only_look_like_months_stay_categories(tmp_path):
    parts = [f"{1900 + row % 60}-{1 + row % 20:02}" for row in range(ROWS)]
    assert _day(_proposed(tmp_path, parts)).kind == "category"
