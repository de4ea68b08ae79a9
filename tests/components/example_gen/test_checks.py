"""A span is read only if its header names exactly the schema's columns and its content is whole."""

import gzip

import pytest

from components.example_gen.checks import (
    check_columns,
    check_content,
    extra_columns,
    refuse_extra,
    refuse_renamed,
)
from components.example_gen.errors import SpanDataError

EXPECTED = ["flight_date", "carrier", "late"]


@pytest.mark.parametrize("header", [EXPECTED, ["late", "flight_date", "carrier"]])
def test_the_columns_of_the_schema_are_accepted_in_any_order(header: list[str]):
    assert check_columns("day.csv", header, EXPECTED) is None


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            ["flight_date", "late"],
            "day.csv: column 'carrier' is missing; the header has 'flight_date', 'late'",
        ),
        (
            ["flight_date", "Carrier", "late"],
            "day.csv: column 'carrier' is missing (is it 'Carrier'?); unexpected instead: 'Carrier'",
        ),
        (
            ["FLIGHT DATE", "carrier", "late", "weather"],
            "day.csv: column 'flight_date' is missing (is it 'FLIGHT DATE'?); "
            "unexpected instead: 'FLIGHT DATE', 'weather'",
        ),
        (
            ["weather", "flight_date", "late"],
            "day.csv: column 'carrier' is missing; unexpected instead: 'weather'",
        ),
        (
            [],
            "day.csv: columns 'flight_date', 'carrier', 'late' are missing; the header has none",
        ),
        (
            ["flight_date", "Carrier ", "late"],
            "day.csv: column 'carrier' is missing (is it 'Carrier '?); unexpected instead: 'Carrier '",
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
    ids=[
        "missing",
        "misspelt",
        "renamed",
        "missing and extra",
        "none",
        "written another way",
        "twice",
        "three times",
    ],
)
def test_a_wrong_header_is_refused_with_the_column_and_the_way_out(header: list[str], message: str):
    with pytest.raises(SpanDataError) as caught:
        check_columns("day.csv", header, EXPECTED)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("delimiter", "words"),
    [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")],
    ids=["semicolon", "tab", "bar"],
)
def test_another_delimiter_is_recognised(delimiter: str, words: str):
    with pytest.raises(SpanDataError) as caught:
        check_columns("day.csv", [delimiter.join(EXPECTED)], EXPECTED)
    assert str(caught.value) == f"day.csv: the columns are separated by {words}; separate them by commas"


def test_one_column_is_no_sign_of_another_delimiter():
    assert check_columns("day.csv", ["late"], ["late"]) is None
    for header in (["a;b"], ["flight_date;carrier;late", "late"]):
        with pytest.raises(SpanDataError, match=r"columns? 'flight_date'.* missing"):
            check_columns("day.csv", header, EXPECTED)


def test_a_request_may_have_other_columns_and_another_delimiter_is_recognised_all_the_same():
    check_columns("rows.csv", [*EXPECTED, "note"], EXPECTED)
    with pytest.raises(SpanDataError, match="separated by semicolons"):
        check_columns("rows.csv", [";".join([*EXPECTED, "note"])], EXPECTED)


def content(whole: bytes) -> None:
    check_content("day.csv", whole[:1024], whole[-1:], has_newline=b"\n" in whole)


def test_text_that_ends_where_a_line_ends_is_whole():
    for whole in (b"a,b\n", b"a,b\r\n1,2\r\n", b"\xef\xbb\xbfa,b\n", "größe\n".encode(), b"\n", b"\0a\n"):
        content(whole)


@pytest.mark.parametrize(
    ("whole", "message"),
    [
        (b"", "the file is empty; expected a header and rows"),
        (
            b"a,b\n1,2",
            "the last line has no line end, so the file looks truncated; "
            "copy it again, or end it with a newline",
        ),
        ("a,b\n1,2\n".encode("utf-16"), "the file is in UTF-16; save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-le"), "the file is in UTF-16; save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16-be"), "the file is in UTF-16; save it as UTF-8"),
        ("a\n".encode("utf-16-be"), "the file is in UTF-16; save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-32"), "the file is in UTF-32; save it as UTF-8"),
        (
            b"a,b\r1,2\r",
            "its lines end with carriage returns only; save it with line feeds",
        ),
        (gzip.compress(b"a,b\n", mtime=0), "the file is compressed by gzip; let its name end in .gz"),
        (
            b"PK\x03\x04 and so on",
            "the file is a ZIP archive or an Excel workbook; save it as CSV in UTF-8",
        ),
        (
            b"PAR1 and so on PAR1",
            "the file is Parquet; set data.format: parquet, and let its name end in .parquet",
        ),
        (
            b"\n <!DOCTYPE html>\n<html>\n",
            "the file is a web page; was a log-in page saved instead of the data?",
        ),
        (b"<HTML>\n", "the file is a web page; was a log-in page saved instead of the data?"),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else "",
)
def test_what_is_no_text_in_utf8_is_called_by_its_name(whole: bytes, message: str):
    with pytest.raises(SpanDataError) as caught:
        content(whole)
    assert str(caught.value) == f"day.csv: {message}"


def test_other_columns_are_no_fault_and_are_told_in_their_order():
    header = ["gate", *EXPECTED, "terminal"]
    assert check_columns("day.csv", header, EXPECTED) is None
    assert extra_columns(header, EXPECTED) == ("gate", "terminal")
    assert extra_columns(EXPECTED, EXPECTED) == ()


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        (("dep_delay",), "column 'dep_delay'"),
        (
            tuple(f"column {number} {'x' * 60}" for number in range(10)),
            "columns " + ", ".join(f"'column {number} {'x' * 31}'…" for number in range(8)) + " and 2 more",
        ),
    ],
    ids=["one", "many"],
)
def test_who_wants_no_other_columns_is_told_of_them(extra: tuple[str, ...], named: str):
    with pytest.raises(SpanDataError) as caught:
        refuse_extra("day.csv", extra)
    assert str(caught.value) == (
        f"day.csv: unexpected {named}; remove it, add it to trainer/columns.yaml, or set "
        "data.strict_columns: false to ignore it"
    )
    assert refuse_extra("day.csv", ()) is None


def test_a_column_that_no_row_has_is_renamed_if_only_case_and_blanks_differ():
    assert refuse_renamed("day.tfrecord", ["carrier", "late"], ("carriers", "gate")) is None
    with pytest.raises(SpanDataError, match=r"column 'wind dir' is in no row \(is it ' Wind_Dir'\?\)"):
        refuse_renamed("day.tfrecord", ["carrier", "wind dir"], ("gate", " Wind_Dir"))
