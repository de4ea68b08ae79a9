from __future__ import annotations

import datetime as dt
import re

import pytest

from pipeline.data.infer.date_forms import find_form, is_clock, parse
from pipeline.data.profile.shape import shape

_TIME = r"[ T]+[0-9]{1,2}:.*$"


def _form(*values: str):
    shapes: dict[str, int] = {}
    for value in values:
        shapes[shape(value)] = shapes.get(shape(value), 0) + 1
    return find_form(shapes, [re.sub(_TIME, "", value) for value in values])


@pytest.mark.parametrize(
    ("values", "formats"),
    [
        (["2013-01-31"], ("%Y-%m-%d",)),
        (["2013/1/31"], ("%Y/%m/%d",)),
        (["31/01/2013", "01/02/2013"], ("%d/%m/%Y",)),
        (["01/31/13", "01/02/13"], ("%m/%d/%y",)),
        (["01.02.2013"], ("%d.%m.%Y",)),
        (["20130131"], ("%Y%m%d",)),
        (["31 Jan 2013"], ("%d %b %Y",)),
        (["20 March 2013"], ("%d %B %Y",)),
        (["Jan 31, 2013"], ("%b %d, %Y",)),
        (["31-Jan-13"], ("%d-%b-%y",)),
        (["2013-01-31 10:11"], ("%Y-%m-%d %H:%M",)),
        (["2013-01-31T10:11:12Z"], ("%Y-%m-%dT%H:%M:%S%z",)),
        (["2013-01-31 10:11:12.123+01:00"], ("%Y-%m-%d %H:%M:%S.%f%z",)),
        (["31/01/2013 10:11 PM"], ("%d/%m/%Y %I:%M %p",)),
        (["2015-01", "2015-12"], ("%Y-%m",)),
        (["2015/1", "2015/12"], ("%Y/%m",)),
        (["01/2015", "12/2015"], ("%m/%Y",)),
        (["Jan 2015", "Dec 2015"], ("%b %Y",)),
        (["May 2015", "June 2015"], ("%b %Y", "%B %Y")),
        (["2013-01-31", "31/01/2013"], ("%Y-%m-%d", "%d/%m/%Y")),
    ],
)
def test_the_whole_column_tells_how_days_are_written(values, formats):
    form = _form(*values)
    assert form.formats == formats
    assert not form.is_open


def test_where_no_value_tells_day_from_month_the_order_is_open():
    form = _form("01/02/2013", "03/04/2013")
    assert form.is_open
    assert form.ordered("day").formats == ("%d/%m/%Y",)
    assert form.ordered("month").formats == ("%m/%d/%Y",)


@pytest.mark.parametrize(
    "values",
    [
        ["12345678"],
        ["2013-13-01"],
        ["31/31/2013"],
        ["2013-01-31", "soon"],
        ["30/02/2013"],
        ["31/01/2013", "01/31/2013"],
        ["2015-01", "2015-13"],
        ["2015-01", "2015-01-02"],
        ["2004/05", "2005/06"],
        ["1.2015", "2.2015"],
        ["2015-01 10:00"],
        [],
    ],
)
def test_what_is_no_day_is_none(values):
    assert _form(*values) is None


def test_a_day_is_read_by_its_format():
    form = _form("31.01.2013")
    assert parse("28.02.2013", form) == dt.date(2013, 2, 28)
    assert parse("29.02.2013", form) is None


def test_a_month_is_its_first_day():
    assert parse("Feb 2015", _form("Feb 2015")) == dt.date(2015, 2, 1)
    assert _form("Feb 2015").of_months
    assert not _form("31/01/2013").of_months


def test_a_time_of_day_is_one_only_if_all_are():
    assert is_clock(["99:99", "9:99"]) == ("%H:%M",)
    assert is_clock(["9:99 PM"]) == ("%I:%M %p",)
    assert is_clock(["99:99", "99"]) == ()
