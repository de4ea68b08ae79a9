"""Raw data is text, whatever it was; what cannot be read is refused with its line, and never cut short."""

import datetime as dt
import decimal
import gzip
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from pipeline.data.raw.open_raw import open_raw
from pipeline.data.raw.raw_data import RawData
from pipeline.data.rules.dialect import Dialect
from pipeline.errors import ConfigError, DataError


def rows(raw: RawData) -> list[tuple[str | None, ...]]:
    batches = [*raw.batches()]
    assert {kind for batch in batches for kind in batch.schema.types} == {pa.string()}
    return [row for batch in batches for row in _tuples(batch)]


def _tuples(batch: pa.RecordBatch) -> list[tuple[str | None, ...]]:
    return [*zip(*(column.to_pylist() for column in batch.columns), strict=True)]


def refusal(path: Path, expected: Dialect | None = None) -> str:
    with pytest.raises(DataError) as refused:
        rows(open_raw(str(path), expected))
    return str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_every_dialect_gives_the_same_cells(
    tmp_path: Path, encoding: str, delimiter: str, line_end: str, packed: bool
):
    lines = ["Größe,b", '1,"x ""y"""', "2,", "", "é,z"]
    content = line_end.join(lines).replace(",", delimiter).encode(encoding)
    file = tmp_path / "f.csv"
    file.write_bytes(gzip.compress(content) if packed else content)
    raw = open_raw(str(file))
    assert raw.header == ("Größe", "b")
    assert rows(raw) == [("1", 'x "y"'), ("2", None), ("é", "z")]
    assert raw.place(2) == "f.csv: line 5"


def test_a_delimiter_or_a_line_end_in_quotes_is_part_of_a_cell(tmp_path: Path):
    (tmp_path / "f.csv").write_text('a,b\n1,"x\ny, z"\n2,w\n', encoding="utf-8")
    raw = open_raw(str(tmp_path / "f.csv"))
    assert rows(raw) == [("1", "x\ny, z"), ("2", "w")]
    assert raw.place(1) == "f.csv: line 4"


def test_a_file_of_many_blocks_loses_no_row(tmp_path: Path):
    numbers = range(50_000)
    text = "a,b\r\n" + "".join(f"{n},{'é' * 40}\r\n" for n in numbers)
    (tmp_path / "f.csv").write_text(text, encoding="cp1252", newline="")
    raw = open_raw(str(tmp_path / "f.csv"))
    assert [row[0] for row in rows(raw)] == [str(n) for n in numbers]
    assert raw.place(49_999) == "f.csv: line 50001"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sep=;\n\n", "no header and no rows; expected a line of column names"),
        ("a,b\n", "a header and no rows; expected at least one row"),
        ("a,a\n1,2\n", "column 'a' stands twice in the header"),
        ("a,,c\n1,2,3\n", "column 2 of 3 has no name in the header"),
        ("a,b\n1,2\n3\n", "line 3: 1 cell, expected 2 as in the header"),
        ("a,b\n1,2\n\n3,4,5\n", "line 4: 3 cells, expected 2 as in the header"),
        ('a,b\n1,"2"\n3\n', "line 3: 1 cell, expected 2 as in the header"),
        ('a,b\n1,"2\n3,4\n', "line 2: a quote is opened and never closed"),
        ('a,b\n1,"2"x\n3,"4"\n', "line 2: a quote is closed on line 2 and text follows it"),
    ],
)
def test_a_text_that_is_no_table_is_refused(tmp_path: Path, text: str, words: str):
    (tmp_path / "f.csv").write_text(text, encoding="utf-8")
    assert refusal(tmp_path / "f.csv").startswith(f"f.csv: {words}")


def test_a_ragged_line_far_down_is_found(tmp_path: Path):
    (tmp_path / "f.csv").write_text("a,b\n" + f"1,{'2' * 50}\n" * 40_000 + "3\n", encoding="utf-8")
    assert refusal(tmp_path / "f.csv").startswith("f.csv: line 40002: 1 cell, expected 2")


def test_another_dialect_than_expected_is_refused(tmp_path: Path):
    (tmp_path / "f.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    assert refusal(tmp_path / "f.csv", Dialect(delimiter=",")).startswith(
        "f.csv: its cells are separated by semicolons, and import.yaml says commas; "
    )
    (tmp_path / "f.csv").write_text("a,b\n1,é\n", encoding="utf-8")
    assert refusal(tmp_path / "f.csv", Dialect(encoding="cp1252")).startswith("f.csv: its text is in utf-8, ")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_lines_before_the_header_are_no_rows_and_the_others_keep_their_numbers(tmp_path: Path, encoding: str):
    text = 'sep=|\r\n# é "x\r\n\r\n#\r\na|b\r\n1|"2"\r\n3|4\r\n'
    (tmp_path / "f.csv").write_bytes(text.encode(encoding))
    raw = open_raw(str(tmp_path / "f.csv"))
    assert (raw.header, raw.dialect.delimiter, raw.dialect.comment) == (("a", "b"), "|", "#")
    assert rows(raw) == [("1", "2"), ("3", "4")]
    assert raw.place(1) == "f.csv: line 7"
    assert rows(open_raw(str(tmp_path / "f.csv"), raw.dialect)) == [("1", "2"), ("3", "4")]
    assert "import.yaml says none do" in refusal(tmp_path / "f.csv", Dialect(delimiter="|"))


def test_comments_may_be_missing_where_the_rules_know_them(tmp_path: Path):
    (tmp_path / "f.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    raw = open_raw(str(tmp_path / "f.csv"), Dialect(comment="#"))
    assert (raw.dialect, rows(raw)) == (Dialect(comment="#"), [("1", "2")])


def test_a_long_comment_is_no_row(tmp_path: Path):
    (tmp_path / "f.csv").write_text(f"# {'x' * 200_000}\na,b\n1,2\n", encoding="utf-8")
    assert rows(open_raw(str(tmp_path / "f.csv"))) == [("1", "2")]


def test_a_delimiter_that_is_not_read_is_refused_by_its_line(tmp_path: Path):
    (tmp_path / "f.csv").write_text("sep=^\na^b\n1^2\n", encoding="utf-8")
    assert refusal(tmp_path / "f.csv").startswith("f.csv: line 1 says that '^' separates")


def test_a_file_of_latin_1_may_have_no_byte_that_tells_it(tmp_path: Path):
    (tmp_path / "f.csv").write_bytes(b"a,b\n1,\x93\n")
    assert rows(open_raw(str(tmp_path / "f.csv"), Dialect(encoding="latin-1"))) == [("1", "\x93")]
    assert rows(open_raw(str(tmp_path / "f.csv"), Dialect(encoding="cp1252"))) == [("1", "“")]


def test_typed_columns_become_one_text(tmp_path: Path):
    moment = dt.datetime(2013, 1, 31, 13, 0, 5, 600)
    table = pa.table(
        {
            "whole": [12, None],
            "number": [12.5, float("nan")],
            "flag": [True, False],
            "day": [dt.date(2013, 1, 31)] * 2,
            "moment": [moment] * 2,
            "zoned": pa.array([moment] * 2, pa.timestamp("us", "Etc/GMT-2")),
            "clock": [dt.time(13, 0, 5)] * 2,
            "price": [decimal.Decimal("1.50")] * 2,
            "text": ["", "x"],
            "word": pa.array(["x", None]).dictionary_encode(),
        }
    )
    parquet.write_table(table, tmp_path / "f.parquet")
    raw = open_raw(str(tmp_path / "f.parquet"))
    same = ("2013-01-31", "2013-01-31 13:00:05", "2013-01-31 15:00:05", "13:00:05", "1.50")
    assert raw.dialect == Dialect("parquet")
    assert rows(raw) == [("12", "12.5", "true", *same, None, "x"), (None, None, "false", *same, "x", None)]
    assert raw.place(1) == "f.parquet: row group 0, row 1"


@pytest.mark.parametrize("kind", [pa.float32(), pa.float64()])
def test_infinite_numbers_are_empty_and_counted(tmp_path: Path, kind: pa.DataType):
    numbers = np.array([1.5, np.inf, -np.inf, np.nan], kind.to_pandas_dtype())
    table = pa.table({"a": pa.array(numbers, kind), "b": [1, 2, 3, 4]})
    for name in ("1.parquet", "2.parquet"):
        parquet.write_table(table, tmp_path / name)
    for raw, files in ((open_raw(str(tmp_path / "1.parquet")), 1), (open_raw(str(tmp_path)), 2)):
        for _ in range(2):  # a second reading counts anew
            assert [row[0] for row in rows(raw)] == ["1.5", None, None, None] * files
            assert raw.infinite() == {"a": 2 * files}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pa.table({"a": [[1]]}), "column 'a' is nested"),
        (pa.table({"a": pa.array([], pa.int64())}), "columns and no rows"),
        (pa.table({"a": pa.array([b"\xff"])}), "not a whole Parquet file (Invalid UTF8"),
    ],
)
def test_a_parquet_file_that_is_no_table_is_refused(tmp_path: Path, table: pa.Table, words: str):
    parquet.write_table(table, tmp_path / "f.parquet")
    assert refusal(tmp_path / "f.parquet").startswith(f"f.parquet: {words}")


def test_a_damaged_parquet_file_is_refused(tmp_path: Path):
    parquet.write_table(pa.table({"a": [1]}), tmp_path / "f.parquet")
    content = (tmp_path / "f.parquet").read_bytes()
    (tmp_path / "f.parquet").write_bytes(content[:-8])
    assert refusal(tmp_path / "f.parquet").startswith("f.parquet: not a whole Parquet file")


class TestFolder:
    def test_its_files_are_one_table_in_the_order_of_their_names(self, tmp_path: Path):
        (tmp_path / "2.csv").write_text("b,a\n3,4\n", encoding="utf-8")
        (tmp_path / "1.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        (tmp_path / "_SUCCESS").touch()
        (tmp_path / ".hidden").touch()
        raw = open_raw(str(tmp_path))
        assert rows(raw) == [("1", "2"), ("4", "3")]
        assert [raw.place(0), raw.place(1)] == ["1.csv: line 2", "2.csv: line 2"]

    @pytest.mark.parametrize(
        ("second", "words"),
        [
            ("a,c\n1,2\n", "2.csv: other columns than 1.csv: it lacks 'b' and it has 'c'"),
            ("a;b\n1;2\n", "2.csv: its cells are separated by semicolons, and in 1.csv commas"),
            ("", "2.csv: the file is empty"),
        ],
    )
    def test_a_file_that_does_not_belong_to_the_others_is_named(
        self, tmp_path: Path, second: str, words: str
    ):
        (tmp_path / "1.csv").write_text("a,b\n1,2\n", encoding="utf-8")
        (tmp_path / "2.csv").write_text(second, encoding="utf-8")
        assert refusal(tmp_path).startswith(words)

    def test_without_files_it_is_refused(self, tmp_path: Path):
        assert "no files in it" in refusal(tmp_path)


def test_nothing_at_the_address_is_an_error_of_the_command_line(tmp_path: Path):
    with pytest.raises(ConfigError, match="no such file"):
        open_raw(str(tmp_path / "f.csv"))
