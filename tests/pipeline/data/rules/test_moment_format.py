"""A format finds the parts of a moment, and one that cannot be used is refused with its reason."""

import re

import pytest

from pipeline.data.rules.moment_format import FormatError, lacks, parts_of, pattern_of


@pytest.mark.parametrize(
    ("moment_format", "text", "parts"),
    [
        ("%Y-%m-%d", "2013-01-31", {"Y": "2013", "m": "01", "d": "31"}),
        ("%d.%m.%Y", "1.2.2013", {"d": "1", "m": "2", "Y": "2013"}),
        ("%Y%m%d", "20130131", {"Y": "2013", "m": "01", "d": "31"}),
        ("%m/%d/%y", "1/31/13", {"m": "1", "d": "31", "y": "13"}),
        ("%A, %d %B %Y", "Tuesday, 1 JANUARY  2013", {"d": "1", "b": "JANUARY", "Y": "2013"}),
        ("%b %d, %Y", "Sept 3, 2013", {"b": "Sept", "d": "3", "Y": "2013"}),
        ("%I:%M %p", "1:05 p.m.", {"I": "1", "M": "05", "p": "p.m."}),
        ("%H%%%M", "1%05", {"H": "1", "M": "05"}),
        (
            "%Y-%m-%dT%H:%M:%S.%f%z",
            "2013-01-31T10:20:30.5+01:00",
            {"Y": "2013", "m": "01", "d": "31", "H": "10", "M": "20", "S": "30"},
        ),
    ],
)
def test_parts_are_found(moment_format: str, text: str, parts: dict[str, str]):
    match = re.match(pattern_of(moment_format), text)
    assert match
    assert match.groupdict() == parts
    assert set(parts_of(moment_format)) == set(parts)


@pytest.mark.parametrize(
    ("moment_format", "text"),
    [
        ("%Y-%m-%d", "2013-01-31 10:00"),
        ("%Y-%m-%d", "13-01-31"),
        ("%Y%m%d", "2013131"),
        ("%d.%m.%y", "1.2.2013"),
        ("%d.%m.%Y", "1x2x2013"),
        ("%b %d %Y", "Foo 1 2013"),
    ],
)
def test_another_form_is_none(moment_format: str, text: str):
    assert re.match(pattern_of(moment_format), text) is None


@pytest.mark.parametrize(
    ("moment_format", "words"),
    [
        ("%Q", "%Q is not known; known are %A %B"),
        ("%Y %Y", "a directive stands twice"),
        ("%b %B", "a directive stands twice"),
        ("%d %", "a percent sign ends it"),
    ],
)
def test_a_format_that_cannot_be_used_is_refused(moment_format: str, words: str):
    with pytest.raises(FormatError) as refusal:
        pattern_of(moment_format)
    assert str(refusal.value).startswith(words)


def test_a_percent_sign_may_end_a_format_where_two_stand_for_it():
    assert re.match(pattern_of("%H%%"), "12%")


@pytest.mark.parametrize(
    ("moment_format", "date", "clock", "lacking"),
    [
        ("%d.%m.%Y", True, False, None),
        ("%d.%b.%y", True, False, None),
        ("%d.%m", True, False, "a year, %Y or %y"),
        ("%d.%Y", True, False, "a month, %m or %b"),
        ("%m.%Y", True, False, None),
        ("%m.%Y %H:%M", True, False, "a day, %d"),
        ("%H:%M", False, True, None),
        ("%I:%M %p", False, True, None),
        ("%M", False, True, "an hour, %H or %I with %p"),
        ("%I:%M", False, True, "%p, which %I needs"),
        ("%H:%M", True, False, "a year, %Y or %y"),
        ("unix seconds", True, False, None),
    ],
)
def test_what_a_format_lacks_is_named(moment_format: str, date: bool, clock: bool, lacking: str | None):
    assert lacks(moment_format, date=date, clock=clock) == lacking
