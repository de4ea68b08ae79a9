"""A span is read only if its header names exactly the schema's columns and its content is whole."""

import pytest

from components.example_gen.checks import check_complete, check_header, describe_type
from components.example_gen.errors import SpanDataError

EXPECTED = ["flight_date", "carrier", "late"]


@pytest.mark.parametrize("header", [EXPECTED, ["late", "flight_date", "carrier"]])
def test_the_columns_of_the_schema_are_accepted_in_any_order(header: list[str]):
    assert check_header("day.csv", header, EXPECTED) is None


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            ["flight_date", "late"],
            "day.csv: column 'carrier' is missing; the schema expects flight_date, carrier, late",
        ),
        (
            ["flight_date", "Carrier", "late"],
            "day.csv: column 'carrier' is missing (is it 'Carrier'?); "
            "the schema expects flight_date, carrier, late",
        ),
        (
            ["weather", "flight_date", "late"],
            "day.csv: column 'carrier' is missing; the schema expects flight_date, carrier, late",
        ),
        (
            [],
            "day.csv: column 'flight_date' is missing; the schema expects flight_date, carrier, late",
        ),
        (
            [*EXPECTED, "dep_delay"],
            "day.csv: unexpected column 'dep_delay'; "
            "remove it, or add it to the schema and to trainer/features.py",
        ),
        (
            [*EXPECTED, "late"],
            "day.csv: column 'late' stands twice in the header; name each column once",
        ),
        (
            [*EXPECTED, "late", "late"],
            "day.csv: column 'late' stands twice in the header; name each column once",
        ),
    ],
    ids=["missing", "misspelt", "missing and extra", "none", "extra", "twice", "three times"],
)
def test_a_wrong_header_is_refused_with_the_column_and_the_way_out(header: list[str], message: str):
    with pytest.raises(SpanDataError) as caught:
        check_header("day.csv", header, EXPECTED)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("delimiter", "words"),
    [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")],
    ids=["semicolon", "tab", "bar"],
)
def test_another_delimiter_is_recognised(delimiter: str, words: str):
    with pytest.raises(SpanDataError) as caught:
        check_header("day.csv", [delimiter.join(EXPECTED)], EXPECTED)
    assert str(caught.value) == f"day.csv: the columns are separated by {words}; separate them by commas"


def test_one_column_is_no_sign_of_another_delimiter():
    assert check_header("day.csv", ["late"], ["late"]) is None
    for header in (["a;b"], ["flight_date;carrier;late", "late"]):
        with pytest.raises(SpanDataError, match=r"column 'flight_date' is missing"):
            check_header("day.csv", header, EXPECTED)


def test_content_that_ends_where_a_line_ends_is_whole():
    assert check_complete("day.csv", b"\n") is None


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (b"", "day.csv: the file is empty; expected a header and rows"),
        (
            b"2",
            "day.csv: the last line has no line end, so the file looks truncated; "
            "copy it again, or end it with a newline",
        ),
    ],
    ids=["empty", "truncated"],
)
def test_content_that_was_cut_off_is_refused(last: bytes, message: str):
    with pytest.raises(SpanDataError) as caught:
        check_complete("day.csv", last)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("int64", "x", "a whole number"),
        ("int64", None, "a whole number"),
        ("int64", "1.5", "a whole number"),
        ("int64", "99999999999999999999", "a whole number of 64 bits"),
        ("int64", "-99999999999999999999", "a whole number of 64 bits"),
        ("int64", "+1", "a whole number"),
        ("int64", "\N{ARABIC-INDIC DIGIT ONE}", "a whole number"),
        ("float", "9", "a finite number"),
        ("string", "9", "UTF-8 text"),
    ],
)
def test_a_number_that_is_too_large_is_described_as_that(kind: str, value: str | None, words: str):
    assert describe_type(kind, value) == words
