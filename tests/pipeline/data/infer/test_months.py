"""Months and quarters as people write them, and what only looks like days."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from pipeline.data.convert.moments import dates
from pipeline.data.infer.survey import survey
from pipeline.data.raw.open_raw import open_raw

ROWS = 300
MONTHS = [dt.date(2015 + row % 60 // 12, row % 12 + 1, 1) for row in range(ROWS)]


def _column(folder, cells, name):
    path = folder / "f.csv"
    path.write_text(f"{name},y\n" + "".join(f"{cell},{row % 3}\n" for row, cell in enumerate(cells)))
    return survey(open_raw(str(path))).proposals(None, dt.date(2024, 6, 1))[0]


def _quarter(day, form):
    return form.format(year=day.year, quarter=(day.month + 2) // 3)


@pytest.mark.parametrize(
    ("name", "form", "written"),
    [
        ("month", "%Y%m", "%Y%m"),
        ("period", "%Y%m", "%Y%m"),
        ("yearmonth", "%Y%m", "%Y%m"),
        ("x", "%b-%y", "%b-%y"),
    ],
)
def test_months_are_days_by_name_or_shape(tmp_path, name, form, written):
    cells = [f"{day:{form}}" for day in MONTHS]
    column = _column(tmp_path, cells, name)
    assert (column.kind, column.rule.formats, column.dates.of_months) == ("date", (written,), True)
    assert dates(pa.array(cells), column.rule).to_pylist() == [str(day) for day in MONTHS]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("{year}Q{quarter}", "%Y%q"),
        ("{year}-Q{quarter}", "%Y-%q"),
        ("{year}q{quarter}", "%Y%q"),
        ("Q{quarter} {year}", "%q %Y"),
    ],
)
def test_quarters_are_their_first_day(tmp_path, form, written):
    cells = [_quarter(day, form) for day in MONTHS]
    column = _column(tmp_path, cells, "x")
    assert (column.kind, column.rule.formats) == ("date", (written,))
    firsts = [str(day.replace(month=(day.month - 1) // 3 * 3 + 1)) for day in MONTHS]
    assert dates(pa.array(cells), column.rule).to_pylist() == firsts


def test_a_fifth_quarter_is_none(tmp_path):
    assert (
        _column(tmp_path, [f"{2015 + row % 9}Q{row % 5 + 1}" for row in range(ROWS)], "x").kind == "category"
    )


def test_numbers_of_six_digits_are_months_only_by_their_name(tmp_path):
    cells = [f"{day:%Y%m}" for day in MONTHS]
    assert _column(tmp_path, cells, "amount").kind == "number"
    assert _column(tmp_path, ["201513", *cells], "month").kind == "number"
    assert _column(tmp_path, ["194912", *cells], "month").kind == "number"


def test_days_of_a_month_without_a_year_are_none(tmp_path):
    cells = [f"{dt.date(2015, 1, 1) + dt.timedelta(days=row):%b-%d}" for row in range(ROWS)]
    assert _column(tmp_path, cells, "x").kind == "category"


@pytest.mark.parametrize("name", ["week", "Date", "Monat"])
def test_a_category_that_is_of_days_by_its_name_is_said(tmp_path, name):
    column = _column(tmp_path, [f"2019-W{row % 50:02}" for row in range(ROWS)], name)
    assert column.kind == "category"
    assert column.warnings[0].startswith("by its name it is of days, but '2019-W00' is read as none")
    assert _column(tmp_path, [f"2019-W{row % 50:02}" for row in range(ROWS)], "x").warnings == ()
    assert (
        _column(
            tmp_path, [["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][row % 6] for row in range(ROWS)], name
        ).warnings
        == ()
    )


def test_days_of_a_spreadsheet_are_said(tmp_path):
    cells = [str(43_897 + row % 90) for row in range(ROWS)]
    said = (
        "may be days as Excel counts them (2020-03-07 to 2020-06-04); "
        "if so, write them as 2020-03-07 in the file"
    )
    assert _column(tmp_path, cells, "date").warnings == (said,)
    assert _column(tmp_path, cells, "price").warnings == ()
    assert said in _column(tmp_path, [str(43_897 + row) for row in range(90)], "date").reason
