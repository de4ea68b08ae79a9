"""What an import writes is what ingestion reads, cell by cell."""

from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from components.example_gen.csv_source import CsvSource
from pipeline.data.imports.csv_rows import cells_of, header_line, rows_as_csv, rows_of, text_of

TYPES = {"number": pa.float32(), "text": pa.string(), "whole": pa.int64()}
# Imports refuse NUL bytes, cut blanks off and take an empty cell for nothing.
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
_CELLS = _TEXTS.map(str.strip).filter(bool)
_ROWS = st.lists(
    st.tuples(
        st.none() | st.floats(width=32, allow_nan=False, allow_infinity=False),
        st.none() | _CELLS,
        st.none() | st.integers(-(2**63) + 1, 2**63 - 1),
    ),
    min_size=1,
)


def written(rows: list[tuple[float | None, str | None, int | None]]) -> bytes:
    columns = [
        pa.array(column, kind)
        for column, kind in zip(zip(*rows, strict=True), (pa.float64(), pa.string(), pa.int64()), strict=True)
    ]
    lines = rows_as_csv(columns)
    return header_line([*TYPES]) + bytes(text_of(lines)(0, len(lines)))


@settings(max_examples=60)
@given(_ROWS)
def test_cells_come_back(tmp_path_factory, rows: list[tuple[float | None, str | None, int | None]]):
    path: Path = tmp_path_factory.mktemp("spans") / "2013-01-31.csv"
    path.write_bytes(written(rows))
    read = pa.Table.from_batches(CsvSource(str(path), TYPES).batches())
    assert [tuple(row.values()) for row in read.to_pylist()] == rows
    header, lines = rows_of(path)
    assert (header, len(lines)) == ("number,text,whole", len(rows))
    assert [cells_of(line)[1] for line in lines] == [row[1] or "" for row in rows]


def test_quotes_stand_only_where_they_are_needed():
    assert written([(1.5, "a b", 2), (None, 'c,"d"\n', None)]).splitlines(keepends=True) == [
        b"number,text,whole\n",
        b"1.5,a b,2\n",
        b',"c,""d""\n',
        b'",\n',
    ]


def test_the_text_of_some_rows_is_theirs_alone():
    lines = rows_as_csv([pa.array(["é", "b", "c"]), pa.array([1, 2, 3])])
    assert bytes(text_of(lines)(0, 1)) == "é,1\n".encode()
    assert bytes(text_of(lines.slice(1))(0, 2)) == b"b,2\nc,3\n"
    assert bytes(text_of(lines)(1, 1)) == b""
