"""A day is written YYYY-MM-DD, and in no other way."""

import datetime as dt

import pytest

from components.iso_day import iso_day


def test_a_day_is_written_in_one_way():
    assert iso_day("2013-01-31") == dt.date(2013, 1, 31)
    for text in ("20130131", "2013-1-31", "2013-02-30", "2013-W05-4", "2013-01-31 ", "\u0662013-01-31", ""):
        with pytest.raises(ValueError, match=r"isoformat|is not YYYY-MM-DD|out of range"):
            iso_day(text)
