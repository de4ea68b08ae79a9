"""A damaged CSV file gives the rows that Python's strict reader sees, or is refused by its name."""

import csv
import io
import re
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.example_gen.csv_source import CsvSource
from components.example_gen.errors import SpanDataError

TYPES = {"day": pa.string(), "late": pa.int64(), "temp": pa.float32(), "carrier": pa.string()}
CARRIERS = ("AA", '"Newark, NJ"', '"the ""old"" one"', "Málaga", "", '"two\nlines"', "0x1F", '5" pipe', "B6")
HEADER = ",".join(TYPES) + "\n"
GOOD = (HEADER + "".join(f"2013-01-31,{n % 2},{n}.5,{c}\n" for n, c in enumerate(CARRIERS))).encode()

PLACES = st.integers(0, len(GOOD) - 1)
INSERTED = st.sampled_from([b'"', b",", b"\0", b"\n", b"\r", b"\t", b";", b" ", b"x", b"\\", b"\xe9"])
MUTATIONS = st.one_of(
    st.tuples(st.just("flip"), PLACES, st.integers(0, 7)),
    st.tuples(st.just("delete"), PLACES, st.integers(1, 3)),
    st.tuples(st.just("insert"), PLACES, INSERTED),
    st.tuples(st.just("cut"), PLACES, st.just(0)),
)


def mutated(content: bytes, mutation: tuple) -> bytes:
    kind, place, with_what = mutation
    before, after = content[:place], content[place:]
    if kind == "cut":
        return before
    if kind == "insert":
        return before + with_what + after
    if kind == "delete":
        return before + after[with_what:]
    return before + bytes([after[0] ^ (1 << with_what)]) + after[1:] if after else before


def expected(content: bytes) -> list[dict]:
    """Returns the rows as Python's reader sees them; raises ValueError where it sees none."""
    try:
        lines = io.StringIO(content.decode("utf-8-sig"), newline="")
        header, *rows = [row for row in csv.reader(lines, strict=True) if row]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if any(len(row) != len(header) for row in rows):
        raise ValueError("rows of unequal length")
    named = [dict(zip(header, row, strict=True)) for row in rows]
    return [{name: typed(row[name], kind) for name, kind in TYPES.items()} for row in named]


def typed(cell: str, kind: pa.DataType) -> object:
    if cell == "":
        return None
    if kind == pa.string():
        return cell
    if kind == pa.int64():
        if not re.fullmatch(r"\s*-?[0-9]+(\.0+)?\s*", cell):
            raise ValueError(cell)
        return int(cell.partition(".")[0])
    return pytest.approx(float(np.float32(cell)), rel=1e-6, nan_ok=True)


def test_the_file_that_is_mutated_is_good():
    assert [row["carrier"] for row in expected(GOOD)] == [
        "AA",
        "Newark, NJ",
        'the "old" one',
        "Málaga",
        None,
        "two\nlines",
        "0x1F",
        '5" pipe',
        "B6",
    ]


@settings(max_examples=600)
@given(mutations=st.lists(MUTATIONS, min_size=0, max_size=3))
def test_a_damaged_file_gives_exactly_the_rows_of_a_strict_reader_or_a_fault_with_its_name(mutations):
    content = GOOD
    for mutation in mutations:
        content = mutated(content, mutation)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "day.csv")
        path.write_bytes(content)
        rows = read(path)
    if isinstance(rows, SpanDataError):
        assert re.fullmatch(r"day\.csv: \S.*", str(rows))
        assert mutations
    else:
        assert rows == expected(content)


def read(path: Path) -> list[dict] | SpanDataError:
    try:
        return [row for batch in CsvSource(str(path), TYPES).batches() for row in batch.to_pylist()]
    except SpanDataError as error:
        return error
