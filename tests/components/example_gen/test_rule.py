"""A span is read only if its header names exactly the schema's columns and its content is whole."""

import pytest

from components.example_gen.rule import DataFault, check_header, check_whole

EXPECTED = ["flight_date", "carrier", "late"]


@pytest.mark.parametrize("found", [EXPECTED, ["late", "flight_date", "carrier"]])
def test_the_columns_of_the_schema_are_accepted_in_any_order(found: list[str]):
    assert check_header("day.csv", found, EXPECTED) is None


@pytest.mark.parametrize(
    ("found", "message"),
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
def test_a_wrong_header_is_refused_with_the_column_and_the_way_out(found: list[str], message: str):
    with pytest.raises(DataFault) as fault:
        check_header("day.csv", found, EXPECTED)
    assert str(fault.value) == message


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"a,b\r\n1,2\r\n", b"\n", b'a,b\n"x, ""y""",2\n'], ids=repr
)
def test_content_that_ends_where_a_line_ends_is_whole(content: bytes):
    assert check_whole("day.csv", content) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "day.csv: the file is empty; expected a header and rows"),
        (
            b"a,b\n1,2",
            "day.csv: the last line has no line end, so the file looks truncated; "
            "copy it again, or end it with a newline",
        ),
        (
            b'a,b\n1,"2\n3,4\n',
            "day.csv: a quote is opened and never closed; close it, or copy the file again",
        ),
    ],
    ids=["empty", "truncated", "open quote"],
)
def test_content_that_was_cut_off_is_refused(content: bytes, message: str):
    with pytest.raises(DataFault) as fault:
        check_whole("day.csv", content)
    assert str(fault.value) == message
