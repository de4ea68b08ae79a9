"""One day's Parquet file becomes typed batches, or one line with row group, row and column."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from components.example_gen.errors import SpanDataError
from components.example_gen.parquet_source import ParquetSource
from tests.components.example_gen import parquet_checksums

TYPES = {"flight": pa.int64(), "temp": pa.float32(), "carrier": pa.string()}

# As a writer leaves it that did not check.
NO_TEXT = pa.StringArray.from_buffers(
    3, pa.array([0, 2, 6, 8], pa.int32()).buffers()[1], pa.py_buffer(b"AAcaf\xe9B6")
)


def write(folder: Path, row_group_size: int = 2, **columns) -> Path:
    whole = {"flight": [1, 2, 3], "temp": [2.5, None, 1.0], "carrier": ["AA", None, "B6"], **columns}
    path = folder / "day.parquet"
    table = pa.table({k: v for k, v in whole.items() if v is not None})
    parquet.write_table(table, path, row_group_size, **parquet_checksums.WRITTEN)
    return path


def read(path: Path) -> pa.Table:
    return pa.Table.from_batches(ParquetSource(str(path), TYPES).batches())


def error_of(path: Path) -> str:
    with pytest.raises(SpanDataError) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "columns",
    [
        {},
        {"flight": pa.array([1, 2, 3], pa.int8())},
        {"flight": pa.array([1, 2, 3], pa.uint64())},
        {"temp": pa.array([2.5, None, 1.0], pa.float32())},
        {"carrier": pa.array(["AA", None, "B6"]).dictionary_encode()},
        {"carrier": pa.array(["AA", None, "B6"], pa.large_string())},
        {"carrier": pa.array([b"AA", None, b"B6"], pa.binary())},
        {"carrier": pa.array(["AA", None, "B6"], pa.large_string()).dictionary_encode()},
    ],
    ids=["plain", "int8", "uint64", "float32", "dictionary", "large", "binary", "large dictionary"],
)
def test_columns_get_the_types_of_the_schema(tmp_path: Path, columns):
    table = read(write(tmp_path, **columns))
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == TYPES
    assert table.to_pydict() == {"flight": [1, 2, 3], "temp": [2.5, None, 1.0], "carrier": ["AA", None, "B6"]}


def test_a_day_is_text_as_iso_has_it(tmp_path: Path):
    import datetime as dt

    days = pa.array([dt.date(2013, 1, 31)] * 3, pa.date32())
    assert read(write(tmp_path, carrier=days))["carrier"].to_pylist() == ["2013-01-31"] * 3


def test_a_column_of_whole_numbers_may_stand_for_one_of_any_numbers(tmp_path: Path):
    """Rounded to 32 bits, as the same digits in a CSV are."""
    temps = pa.array([2**60 + 1, None, 3], pa.int64())
    assert read(write(tmp_path, temp=temps))["temp"].to_pylist() == [2.0**60, None, 3.0]


@pytest.mark.parametrize("dictionary", [False, True])
def test_floats_that_are_whole_are_whole_numbers_and_counted(tmp_path: Path, dictionary: bool):
    """As pandas stores a column of whole numbers with a gap in it."""
    flights = pa.array([12.0, None, -0.0])
    source = ParquetSource(
        str(write(tmp_path, flight=flights.dictionary_encode() if dictionary else flights)), TYPES
    )
    rows = pa.Table.from_batches(source.batches())
    assert rows["flight"].to_pylist() == [12, None, 0]
    assert source.decimals == 2


def test_columns_without_a_value_may_be_of_no_type(tmp_path: Path):
    nothing = {name: pa.nulls(3) for name in TYPES}
    assert read(write(tmp_path, **nothing)).to_pydict() == {name: [None] * 3 for name in TYPES}


def test_no_batch_spans_two_row_groups(tmp_path: Path):
    path = write(tmp_path, row_group_size=2)
    assert [batch.num_rows for batch in ParquetSource(str(path), TYPES).batches()] == [2, 1]


def test_a_row_is_found_by_its_row_group(tmp_path: Path):
    source = ParquetSource(str(write(tmp_path, row_group_size=2)), TYPES)
    list(source.batches())
    assert [source.place(row) for row in range(3)] == [
        "row group 0, row 0",
        "row group 0, row 1",
        "row group 1, row 0",
    ]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"carrier": [["AA"], ["UA"], []]}, "column 'carrier' is nested (list<"),
        ({"carrier": [{"a": 1}] * 3}, "column 'carrier' is nested (struct<a: int64>); flatten it"),
        ({"carrier": [1, 2, 3]}, "column 'carrier' holds int64, which is not UTF-8 text; write it as string"),
        ({"flight": ["1", "2", "x"]}, "column 'flight' holds string, which is not a whole number"),
        (
            {"flight": [1.0, None, 3.5]},
            "row group 1, row 0, column 'flight': '3.5' is not a whole number; round it, or make the column",
        ),
        (
            {"flight": pa.array([1.0, float("nan"), 3.0])},
            "row group 0, row 1, column 'flight': 'nan' is not a whole number; leave it empty",
        ),
        ({"flight": [1.0, 2.0, 1e15]}, "row group 1, row 0, column 'flight': '1000000000000000.0' is not"),
        (
            {"flight": pa.array([1.0, 2.0, 16777217.0], pa.float32())},
            "row group 1, row 0, column 'flight': '16777216.0' is not a whole number",
        ),
        (
            {"flight": pa.array([1, 2, 2**63], pa.uint64())},
            "row group 1, row 0, column 'flight': '9223372036854775808' is not a whole number of 64 bits",
        ),
        (
            {"carrier": pa.array([b"AA", b"caf\xe9", b""], pa.binary())},
            "row group 0, row 1, column 'carrier': b'caf\\xe9' is not UTF-8 text",
        ),
        ({"carrier": NO_TEXT}, "row group 0, row 1, column 'carrier': b'caf\\xe9' is not UTF-8 text"),
        (
            {"carrier": pa.DictionaryArray.from_arrays([0, 1, 0], NO_TEXT)},
            "row group 0, row 1, column 'carrier': b'caf\\xe9' is not UTF-8 text",
        ),
        (
            {"flight": pa.array([1, 2, 10**30], pa.decimal128(38, 0))},
            "column 'flight' holds decimal128(38, 0), which is not a whole number; write it as int64",
        ),
        (
            {"carrier": pa.array([0, 1, 2], pa.timestamp("us"))},
            "column 'carrier' holds timestamp[us], which is not UTF-8 text; write it as string",
        ),
        ({"temp": None}, "column 'temp' is missing"),
    ],
    ids=[
        "list",
        "struct",
        "number for text",
        "text for number",
        "fraction",
        "not a number",
        "too large to be exact",
        "too large to be exact in 32 bits",
        "65 bits",
        "bytes",
        "text that is none",
        "dictionary that is none",
        "decimal",
        "timestamp",
        "missing",
    ],
)
def test_a_column_that_does_not_fit_is_refused_by_place_and_name(tmp_path: Path, columns, message: str):
    assert error_of(write(tmp_path, **columns)).startswith(f"day.parquet: {message}")


def test_a_file_without_rows_is_refused(tmp_path: Path):
    path = tmp_path / "day.parquet"
    parquet.write_table(pa.table({name: pa.array([], kind) for name, kind in TYPES.items()}), path)
    assert error_of(path) == "day.parquet: no rows; expected at least one"


@pytest.mark.parametrize(
    "content", [b"", b"flight,temp,carrier\n1,2,AA\n", None], ids=["empty", "csv", "cut off"]
)
def test_what_is_no_whole_parquet_file_is_refused(tmp_path: Path, content: bytes | None):
    path = write(tmp_path)
    path.write_bytes(path.read_bytes()[:-10] if content is None else content)
    assert error_of(path).startswith("day.parquet: not a whole Parquet file (")
