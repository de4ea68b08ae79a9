"""One day's CSV becomes a typed table, or one line that says where it is wrong."""

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from components.example_gen.csv_source import CsvSource
from components.example_gen.csv_text import BLOCK_BYTES
from components.example_gen.errors import SpanDataError

TYPES = {"flight": pa.int64(), "temp": pa.float32(), "carrier": pa.string()}


@pytest.fixture(params=["day.csv", "day.csv.gz"])
def read(request: pytest.FixtureRequest, tmp_path: Path):
    """Reads content as a table, once from a plain file and once from a compressed one."""

    def read_content(content: bytes) -> pa.Table:
        path = tmp_path / request.param
        path.write_bytes(gzip.compress(content, 1) if path.suffix == ".gz" else content)
        return pa.Table.from_batches(CsvSource(str(path), TYPES).batches())

    return read_content


@pytest.fixture
def error_of(read):
    """Returns a function from refused content to the error, without the name of the file."""

    def message_of(content: bytes) -> str:
        with pytest.raises(SpanDataError) as caught:
            read(content)
        file, _, message = str(caught.value).partition(": ")
        assert file in ("day.csv", "day.csv.gz")
        assert "\n" not in message
        return message

    return message_of


def test_cells_get_the_types_of_the_schema(read):
    table = read(b"flight,temp,carrier\n1,2.5,AA\n20,-1,007\n")
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == TYPES
    assert table.to_pylist() == [
        {"flight": 1, "temp": 2.5, "carrier": "AA"},
        {"flight": 20, "temp": -1.0, "carrier": "007"},
    ]


def test_columns_come_in_the_order_of_the_schema_whatever_the_file_has(read):
    table = read(b"carrier,flight,temp\nAA,1,2.5\n")
    assert table.schema.names == ["flight", "temp", "carrier"]
    assert table.to_pylist() == [{"flight": 1, "temp": 2.5, "carrier": "AA"}]


@pytest.mark.parametrize(
    "content",
    [
        b"flight,temp,carrier\r\n1,2.5,AA\r\n",
        b"\xef\xbb\xbfflight,temp,carrier\n1,2.5,AA\n",
        b'"flight","temp","carrier"\n"1","2.5","AA"\n',
        b"flight,temp,carrier\n\n1,2.5,AA\n\n",
    ],
    ids=["windows line ends", "byte order mark", "all quoted", "blank lines"],
)
def test_the_usual_dialects_of_csv_give_the_same_table(read, content: bytes):
    assert read(content).to_pylist() == [{"flight": 1, "temp": 2.5, "carrier": "AA"}]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('"Newark, NJ"', "Newark, NJ"),
        ('"the ""old"" one"', 'the "old" one'),
        ('"two\nlines"', "two\nlines"),
        ('5" pipe', '5" pipe'),
        ("0x1F", "0x1F"),
        ("Málaga", "Málaga"),
        ("NA", "NA"),
        ("null", "null"),
        ("", None),
        ('""', None),
    ],
)
def test_text_is_taken_as_it_stands_and_only_an_empty_cell_is_null(read, cell: str, value: str | None):
    content = f"flight,temp,carrier\n1,2.5,{cell}\n".encode()
    assert read(content)["carrier"].to_pylist() == [value]


def test_an_empty_cell_of_any_type_is_null(read):
    table = read(b"flight,temp,carrier\n,,\n1,,AA\n")
    assert table.to_pylist() == [
        {"flight": None, "temp": None, "carrier": None},
        {"flight": 1, "temp": None, "carrier": "AA"},
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"x,2.5,AA", "column 'flight': 'x' is not a whole number"),
        (
            b"1.5,2.5,AA",
            "column 'flight': '1.5' is not a whole number; round it, or make the column a float32",
        ),
        (b"NA,2.5,AA", "column 'flight': 'NA' is not a whole number; leave it empty if nothing is known"),
        (
            b'"1,000",2.5,AA',
            "column 'flight': '1,000' is not a whole number; write a point before decimals, and nothing "
            "between thousands",
        ),
        (b"1_545,2.5,AA", "column 'flight': '1_545' is not a whole number"),
        (
            "\u0661,2.5,AA".encode(),
            "column 'flight': '\u0661' is not a whole number; write the digits 0 to 9",
        ),
        (
            b"99999999999999999999,2.5,AA",
            "column 'flight': '99999999999999999999' is not a whole number of 64 bits",
        ),
        (b"0x1F,2.5,AA", "column 'flight': '0x1F' is not a whole number"),
        (b" 0XA,2.5,AA", "column 'flight': ' 0XA' is not a whole number"),
        (b"1\x00,2.5,AA", "column 'flight': the cell has a NUL byte"),
        (b"1,2.5,A\x00A", "column 'carrier': the cell has a NUL byte"),
        (b"1,warm,AA", "column 'temp': 'warm' is not a finite number"),
        (b"1,NA,AA", "column 'temp': 'NA' is not a finite number; leave it empty if nothing is known"),
        (b"1,2.5,caf\xe9", "column 'carrier': the cell is not UTF-8 text; save the file as UTF-8"),
    ],
    ids=lambda value: value if isinstance(value, bytes) else "",
)
def test_a_cell_of_the_wrong_type_is_named_by_line_column_and_content(error_of, row: bytes, message: str):
    content = b"flight,temp,carrier\n1,2.5,AA\n" + row + b"\n2,2.5,AA\n"
    assert error_of(content) == f"line 3, {message}"


@pytest.mark.parametrize("bad", [b"x,2.5,AA\n", b"1,2.5\n"], ids=["type", "cells"])
@pytest.mark.parametrize(
    ("before", "line"),
    [(b"", 2), (b"\n\n", 4), (b'1,2.5,"two\nlines"\n', 4), (b"1,2.5,AA\n" * 200_000, 200_002)],
    ids=["first row", "blank lines", "line end in a value", "in a later block"],
)
def test_the_line_is_the_one_that_an_editor_shows(error_of, before: bytes, line: int, bad: bytes):
    assert error_of(b"flight,temp,carrier\n" + before + bad).startswith(f"line {line}")


@pytest.mark.parametrize(("row", "cells"), [(b"1,2.5", 2), (b"1,2.5,AA,extra", 4)])
def test_a_row_with_too_few_or_too_many_cells_is_named_by_its_line(error_of, row: bytes, cells: int):
    message = error_of(b"flight,temp,carrier\n1,2.5,AA\n" + row + b"\n")
    assert message == f"line 3: {cells} cells, expected 3 as in the header"


def test_a_long_cell_is_shown_by_its_beginning(error_of):
    assert error_of(b"flight,temp,carrier\n" + b"x" * 5000 + b",2.5,AA\n") == (
        f"line 2, column 'flight': '{'x' * 40}'… is not a whole number"
    )


@pytest.mark.parametrize("quote", [b"", b'"'], ids=["plain", "quoted"])
def test_a_row_that_is_longer_than_a_block_is_named_by_line_and_column(error_of, quote: bytes):
    long = quote + b"x" * (2 * BLOCK_BYTES + 9) + quote
    message = error_of(b"flight,temp,carrier\n1,2.5,AA\n2,2.5," + long + b"\n3,2.5,AA\n")
    assert message.startswith("line 3")
    assert "longer than 1 MB; shorten it, or close the quote" in message


@pytest.mark.parametrize("rows_before", [0, 3, 300_000])
def test_decimals_that_are_whole_are_whole_numbers_and_counted(tmp_path: Path, rows_before: int):
    """As pandas writes a column of whole numbers with a gap in it; rows before them are not read twice."""
    path = tmp_path / "day.csv"
    before = b"1,2.5,AA\n" * rows_before
    path.write_bytes(b"flight,temp,carrier\n" + before + b"12.0,2.0,7.0\n,1.5,AA\n -3.00 ,1,AA\n7,1,\n")
    source = CsvSource(str(path), TYPES)
    table = pa.Table.from_batches(source.batches())
    assert table.schema.types == list(TYPES.values())
    assert len(table) == rows_before + 4
    assert table["flight"].to_pylist() == [1] * rows_before + [12, None, -3, 7]
    assert table["carrier"].to_pylist()[-4:] == ["7.0", "AA", "AA", None]
    assert source.decimals == 2


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (b"12.5", "'12.5' is not a whole number; round it, or make the column a float32"),
        (b"1e3", "'1e3' is not a whole number; round it, or make the column a float32"),
        (b"x", "'x' is not a whole number"),
        (b"1_0.0", "'1_0.0' is not a whole number"),
        (b"+1", "'+1' is not a whole number without a sign"),
        (b"1234567890123456.0", "'1234567890123456.0' is not a whole number; a decimal holds so"),
        (b"99999999999999999999", "'99999999999999999999' is not a whole number of 64 bits"),
    ],
)
def test_beside_whole_decimals_a_wrong_cell_is_still_named(error_of, cell: bytes, why: str):
    content = b"flight,temp,carrier\n12.0,1,AA\n\n" + cell + b",1,AA\n"
    assert error_of(content).startswith(f"line 4, column 'flight': {why}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n", "columns 'flight', 'temp', 'carrier' are missing; the header has none"),
        (b"flight,temp,carrier\n", "a header and no rows; expected at least one row"),
        (b"flight,temp,carrier\n\n", "a header and no rows; expected at least one row"),
        (
            b"flight,temp,carrier\n1,2.5,AA\n2,2.",
            "the last line has no line end, so the file looks truncated",
        ),
        (b'flight,temp,carrier\n1,2.5,A\n1,2.5,"A\n2,2.5,B\n', "line 3: a quote is opened and never closed"),
        (
            b'flight,temp,carrier\n1,2.5,"A\n2,2.5,B\n3,2.5,"Newark, NJ"\n',
            "line 2: a quote is closed on line 4 and text follows it; write a quote inside a value twice",
        ),
        (b"flight,carrier\n1,AA\n", "column 'temp' is missing"),
        (b"flight,temp,Carrier \n1,2.5,AA\n", "column 'carrier' is missing (is it 'Carrier '?)"),
        (b"flight,temp,temp,carrier\n1,2.5,2.5,AA\n", "column 'temp' stands twice"),
        (
            b"flight;temp;carrier\n1;2.5;AA\n",
            "the columns are separated by semicolons; separate them by commas",
        ),
        (b"flight,t\xe9mp,carrier\n1,2.5,AA\n", "the header is not one line of UTF-8 CSV"),
        (b"flight,temp\x00,carrier\n1,2.5,AA\n", "the header is not one line of UTF-8 CSV"),
        (b'flight,temp,"carrier\n"\n1,2.5,AA\n', "the header is not one line of UTF-8 CSV"),
    ],
    ids=lambda value: value[:30] if isinstance(value, bytes) else "",
)
def test_a_file_that_cannot_be_a_span_is_refused_by_name(error_of, content: bytes, message: str):
    assert error_of(content).startswith(message)


def test_a_file_of_many_blocks_is_read_block_by_block(tmp_path: Path):
    path = tmp_path / "day.csv"
    line = b'1,2.5,"' + b"A" * 1000 + b'"\n'
    rows = 2 * BLOCK_BYTES // len(line)
    path.write_bytes(b"flight,temp,carrier\n" + line * rows)
    sizes = [batch.num_rows for batch in CsvSource(str(path), TYPES).batches()]
    assert sum(sizes) == rows
    assert max(sizes) <= BLOCK_BYTES // len(line) + 1


@pytest.mark.parametrize("cut", [1, 9, 30])
def test_a_damaged_gzip_file_is_refused(tmp_path: Path, cut: int):
    path = tmp_path / "day.csv.gz"
    path.write_bytes(gzip.compress(b"flight,temp,carrier\n" + b"1,2.5,AA\n" * 1000)[:-cut])
    with pytest.raises(
        SpanDataError, match=r"^day\.csv\.gz: the gzip file is damaged or cut off; copy it again$"
    ):
        list(CsvSource(str(path), TYPES).batches())


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_windows_line_end_in_a_value_is_whole_wherever_a_block_ends(tmp_path: Path, ending: bytes):
    """pyarrow alone loses the line feed where a block ends between the two characters."""
    path = tmp_path / "day.csv"
    value = b"ab\r\ncd\r\r\n"
    head = b"flight,temp,carrier" + ending
    for shift in range(-2 * len(value), 3):
        long = b"x" * (BLOCK_BYTES - len(head) - len(b'1,2.5,"') + shift)
        path.write_bytes(head + b'1,2.5,"' + long + value + b'"' + ending + b"2,2.5,AA" + ending)
        table = pa.Table.from_batches(CsvSource(str(path), TYPES).batches())
        assert table["carrier"].to_pylist() == [(long + value).decode(), "AA"]


@pytest.mark.parametrize("cell", ["\xa012", "12\xa0", "\x0b12", "\u30007.0"])
@pytest.mark.parametrize("beside", ["1", "7.0"])
def test_a_number_has_no_invisible_characters_around_it_whatever_is_beside(error_of, cell: str, beside: str):
    assert "is not a whole number" in error_of(f"flight,temp,carrier\n{beside},1,AA\n{cell},1,AA\n".encode())


def test_a_column_that_nobody_asked_for_is_not_read_and_told_of(tmp_path: Path):
    path = tmp_path / "day.csv"
    path.write_bytes(b"gate,flight,temp,carrier,note\nB,1,2.5,AA,late\nC,2,,UA,\n")
    source = CsvSource(str(path), TYPES)
    assert source.extra == ()
    rows = pa.Table.from_batches(source.batches())
    assert (rows.column_names, rows.column("flight").to_pylist()) == (["flight", "temp", "carrier"], [1, 2])
    assert source.extra == ("gate", "note")
