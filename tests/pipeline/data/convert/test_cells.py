"""Cells become values by their rule; a cell that does not fit is named, and nothing else becomes null."""

import datetime as dt
import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.data.convert.cells import CellError, convert, not_fitting
from pipeline.data.rules.import_rules import ColumnRule

ISO = ("%Y-%m-%d",)
FLOAT32 = 3.4028234e38


def values(rule: ColumnRule, *cells: str | None) -> list[object]:
    return convert(pa.array(cells, pa.string()), rule).to_pylist()


def rule(reading: str = "text", **keys: object) -> ColumnRule:
    return ColumnRule("x", "X", reading, **keys)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "cells", "expected"),
    [
        (rule(), [" 007 ", "\u00a0a b", "", None], ["007", "a b", None, None]),
        (rule(nulls=("NA", "?")), ["NA", " ?", "na", "None"], [None, None, "na", "None"]),
        (rule("whole"), ["1", "12.0", "+4", str(2**63 - 1), None], [1, 12, 4, 2**63 - 1, None]),
        (rule("whole", nulls=("-999",)), ["-999", "-99"], [None, -99]),
        (rule("number"), ["1.5", ".5", "1e3", "-0.25"], [1.5, 0.5, 1000.0, -0.25]),
        (rule("number", decimal=",", thousands="."), ["1.234,5", "12"], [1234.5, 12.0]),
        (rule("number", thousands=" "), ["\u22121\u00a0234.5", "1\u202f234-"], [-1234.5, -1234.0]),
        (rule("whole"), ["\u22125", "5-"], [-5, -5]),
        (rule("number", remove=("€",), negative_parentheses=True), ["€ 5", "(5 €)"], [5.0, -5.0]),
        (rule("boolean", ones=("yes", "1"), zeros=("no",)), ["Yes", "1", "NO", None], [1, 1, 0, None]),
        (rule("date", formats=ISO), ["2012-02-29", None], ["2012-02-29", None]),
        (
            rule("date", formats=("%d.%m.%Y", "%d/%m/%y")),
            ["1.2.2013", "31/12/69"],
            ["2013-02-01", "1969-12-31"],
        ),
        (rule("date", formats=("%d/%m/%y",), pivot=12), ["1/2/12", "1/2/13"], ["2012-02-01", "1913-02-01"]),
        (rule("date", formats=("%b %d, %Y",)), ["Jan 5, 2013", "may 1, 2013"], ["2013-01-05", "2013-05-01"]),
        (rule("date", formats=("%Y-%m", "%b %Y")), ["2013-02", "Dec 2013"], ["2013-02-01", "2013-12-01"]),
        (rule("date", formats=("%Y-%m-%d %H:%M",)), ["2013-01-31 23:59"], ["2013-01-31"]),
        (rule("timestamp", formats=("%m/%d/%Y %I:%M %p",)), ["1/31/2013 12:05 AM"], ["2013-01-31 00:05:00"]),
        (rule("timestamp", formats=("%m/%d/%Y %I:%M %p",)), ["1/31/2013 1:05 pm"], ["2013-01-31 13:05:00"]),
        (
            rule("timestamp", formats=("%Y-%m-%dT%H:%M:%S%z",)),
            ["2013-01-31T10:00:00+02:00"],
            ["2013-01-31 10:00:00"],
        ),
        (
            rule("timestamp", formats=("unix seconds",)),
            ["0", "-1"],
            ["1970-01-01 00:00:00", "1969-12-31 23:59:59"],
        ),
        (rule("timestamp", formats=("unix milliseconds",)), ["1700000000999"], ["2023-11-14 22:13:20"]),
        (rule("clock", formats=("%H:%M",)), ["5:15", "23:59", "0:00"], [515, 2359, 0]),
    ],
)
def test_cells_become_values(by: ColumnRule, cells: list[str | None], expected: list[object]):
    assert values(by, *cells) == expected
    assert not_fitting(pa.array(cells, pa.string()), by).to_pylist() == [False] * len(cells)


@pytest.mark.parametrize(
    ("by", "cell", "expected"),
    [
        (rule("whole"), "12.5", "a whole number"),
        (rule("whole"), str(2**63), "a whole number"),
        (rule("whole"), str(-(2**63)), "a whole number"),
        (rule("whole"), "0x10", "a whole number"),
        (rule("whole"), "1_000", "a whole number"),
        (rule("whole"), "٣", "a whole number"),
        (rule("number"), "1,5", "a number with a decimal point"),
        (rule("number"), "nan", "a number with a decimal point"),
        (rule("number"), "-inf", "a number with a decimal point"),
        (rule("number"), "1e39", "a number with a decimal point"),
        (rule("number", decimal=","), "1.5", "a number with a decimal comma"),
        (rule("boolean", ones=("yes",), zeros=("no",)), "maybe", "one of yes, no"),
        (rule("date", formats=ISO), "2013-02-29", "a date written %Y-%m-%d"),
        (rule("date", formats=ISO), "1900-02-29", "a date written %Y-%m-%d"),
        (rule("date", formats=ISO), "2013-04-31", "a date written %Y-%m-%d"),
        (rule("date", formats=ISO), "2013-13-01", "a date written %Y-%m-%d"),
        (rule("date", formats=ISO), "2013-00-01", "a date written %Y-%m-%d"),
        (rule("date", formats=ISO), "2013-01-00", "a date written %Y-%m-%d"),
        (rule("date", formats=ISO), "0000-01-01", "a date written %Y-%m-%d"),
        (rule("date", formats=("%Y", "%d.%m.%Y")), "x", "a date written %Y or %d.%m.%Y"),
        (rule("clock", formats=("%H:%M",)), "24:00", "a clock written %H:%M"),
        (rule("clock", formats=("%H:%M",)), "23:60", "a clock written %H:%M"),
        (rule("clock", formats=("%I:%M %p",)), "0:05 AM", "a clock written %I:%M %p"),
        (rule("clock", formats=("%I:%M %p",)), "13:05 PM", "a clock written %I:%M %p"),
        (rule("timestamp", formats=("unix seconds",)), "253402300800", "a timestamp written unix seconds"),
    ],
)
def test_a_cell_that_does_not_fit_is_named(by: ColumnRule, cell: str, expected: str):
    with pytest.raises(CellError) as refusal:
        values(by, None, cell, cell)
    assert (refusal.value.row, refusal.value.value, refusal.value.expected) == (1, cell, expected)
    assert not_fitting(pa.array([None, cell], pa.string()), by).to_pylist() == [False, True]


@pytest.mark.parametrize("reading", ["text", "whole", "number"])
@pytest.mark.parametrize("cells", [[], [None, ""]])
def test_a_column_of_nothing_has_no_values(reading: str, cells: list[str | None]):
    assert values(rule(reading), *cells) == [None] * len(cells)


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.sampled_from(["", ",", ".", "'", " "]))
def test_whole_numbers_come_back(number: int, thousands: str):
    text = f"{number:,}".replace(",", thousands)
    decimal = "," if thousands == "." else "."
    assert values(rule("whole", thousands=thousands, decimal=decimal), text) == [number]


@given(
    st.floats(-FLOAT32, FLOAT32), st.sampled_from([("", "."), ("", ","), (".", ","), (",", "."), (" ", ",")])
)
def test_numbers_come_back(number: float, signs: tuple[str, str]):
    thousands, decimal = signs
    text = f"{number:,.6f}" if abs(number) < 1e15 else repr(number)
    swapped = text.translate(str.maketrans({",": thousands, ".": decimal}))
    read = values(rule("number", thousands=thousands, decimal=decimal), swapped)
    assert read == [float(text.replace(",", ""))]
    assert math.isclose(read[0], number, rel_tol=1e-9, abs_tol=1e-6)


@given(
    st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31)),
    st.sampled_from(
        ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%d %B %Y", "%a, %b %d, %Y", "%Y-%m-%d %H:%M:%S"]
    ),
)
def test_dates_come_back(moment: dt.datetime, moment_format: str):
    text = moment.strftime(moment_format)
    assert values(rule("date", formats=(moment_format,)), text) == [moment.date().isoformat()]


@given(
    st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31)),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %I:%M:%S %p", "%Y%m%d%H%M%S", "%b %d %Y %H:%M:%S.%f"]),
)
def test_timestamps_come_back(moment: dt.datetime, moment_format: str):
    text = moment.strftime(moment_format)
    expected = moment.replace(microsecond=0).isoformat(" ")
    assert values(rule("timestamp", formats=(moment_format,)), text) == [expected]


@given(st.dates(), st.integers(0, 99))
def test_two_digit_years_are_of_the_hundred_years_up_to_the_pivot(day: dt.date, pivot: int):
    read = values(
        rule("date", formats=("%d.%m.%y",), pivot=pivot), day.strftime("%d.%m.%y").replace("29.02", "28.02")
    )
    year = int(str(read[0])[:4])
    assert 1900 + pivot < year <= 2000 + pivot or year % 100 > pivot
    assert year % 100 == day.year % 100
