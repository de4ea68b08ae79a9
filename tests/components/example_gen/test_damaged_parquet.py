"""A Parquet file that was damaged, or made to do damage, is refused in one line and never read wrongly."""

import pickle
import random
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from components.example_gen.errors import SpanDataError
from components.example_gen.parquet_source import ParquetSource
from tests.components.example_gen import parquet_checksums

TYPES = {"flight": pa.int64(), "temp": pa.float32(), "carrier": pa.string()}
ROWS = 20_000
REFUSED = "day.parquet: not a whole Parquet file ("

needs_checksums = pytest.mark.skipif(
    not parquet_checksums.CAN_WRITE, reason=f"pyarrow {pa.__version__} has no page checksums"
)


def table(rows: int) -> pa.Table:
    chance = random.Random(1)
    return pa.table(
        {
            "flight": [chance.randrange(10**6) for _ in range(rows)],
            "temp": pa.array([chance.choice([None, row / 8]) for row in range(rows)], pa.float32()),
            "carrier": [chance.choice(["AA", "B6", None]) for _ in range(rows)],
        }
    )


def write(folder: Path, rows: int, **options) -> Path:
    path = folder / "day.parquet"
    parquet.write_table(table(rows), path, row_group_size=rows // 2, **options)
    return path


def footer_of(content: bytes) -> int:
    """Returns where the footer begins: its length stands before the last four bytes."""
    return len(content) - 8 - int.from_bytes(content[-8:-4], "little")


def read(path: Path) -> pa.Table:
    return pa.Table.from_batches(ParquetSource(str(path), TYPES).batches())


def after_a_flip(path: Path, intact: bytes, bit: int) -> pa.Table | str:
    """Returns the rows, or the error, of a copy in which one bit is flipped."""
    copy = bytearray(intact)
    copy[bit // 8] ^= 1 << bit % 8
    path.write_bytes(copy)
    try:
        return read(path)
    except SpanDataError as error:
        return str(error)


def bits_of_values(content: bytes) -> list[int]:
    """Returns the bits of all pages, but for the first hundred bytes of each, which hold its header."""
    metadata = parquet.ParquetFile(pa.BufferReader(content)).metadata
    bits = []
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            end = column.dictionary_page_offset + column.total_compressed_size
            for first, last in pairwise((column.dictionary_page_offset, column.data_page_offset, end)):
                bits.extend(range((first + 100) * 8, last * 8))
    return bits


@needs_checksums
def test_each_of_300_files_with_a_flipped_bit_is_refused(tmp_path: Path):
    path = write(tmp_path, ROWS, **parquet_checksums.WRITTEN)
    intact = path.read_bytes()
    values = bits_of_values(intact)
    assert len(values) > 0.98 * 8 * len(intact)
    for bit in random.Random(2).sample(values, 300):
        found = after_a_flip(path, intact, bit)
        assert isinstance(found, str), f"bit {bit} was read"
        assert found.startswith(f"{REFUSED}could not verify page integrity"), found


@needs_checksums
def test_no_flipped_bit_of_any_header_or_the_footer_gives_a_wrong_value(tmp_path: Path):
    """Checksums are of values only; what is in no checksum is either refused or does not matter."""
    path = write(tmp_path, 40, **parquet_checksums.WRITTEN)
    intact, expected = path.read_bytes(), read(path)
    bits = random.Random(3).sample(range(len(intact) * 8), 2_000)
    results = [after_a_flip(path, intact, bit) for bit in (*range(32), *hiding_bits(intact), *bits)]
    errors = [result for result in results if isinstance(result, str)]
    assert len(errors) > 1_000
    assert all("\n" not in error and error.startswith("day.parquet: ") for error in errors)
    assert all(result.equals(expected) for result in results if not isinstance(result, str))


def hiding_bits(content: bytes) -> list[int]:
    """Returns one bit of each kind of which pyarrow makes fewer rows, and no error."""
    column = parquet.ParquetFile(pa.BufferReader(content)).metadata.row_group(0).column(0)
    page_type = column.data_page_offset + 1
    assert content[page_type - 1 : page_type + 1] == b"\x15\x00"
    rows = content.index(b"\x16\x28\x26", footer_of(content)) + 1  # 20 of the first row group, zigzag
    return [page_type * 8, rows * 8 + 3]


@pytest.mark.parametrize("bit", [0, 1])
def test_a_file_with_hidden_rows_is_refused_without_checksums_too(tmp_path: Path, bit: int):
    path = write(tmp_path, 40)
    intact = path.read_bytes()
    assert "expected" in after_a_flip(path, intact, hiding_bits(intact)[bit])


def test_each_bit_of_the_footers_length_and_of_the_word_after_it_counts(tmp_path: Path):
    path = write(tmp_path, 40)
    intact = path.read_bytes()
    for bit in range(len(intact) * 8 - 64, len(intact) * 8):
        found = after_a_flip(path, intact, bit)
        assert isinstance(found, str)
        assert found.startswith(REFUSED)


def test_a_file_without_checksums_is_read(tmp_path: Path):
    assert read(write(tmp_path, 40)).equals(table(40))


@needs_checksums
def test_a_file_with_checksums_is_read(tmp_path: Path):
    assert read(write(tmp_path, 40, write_page_checksum=True)).equals(table(40))


class Touch:
    """An object whose unpickling writes a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def attack(folder: Path) -> tuple[Path, Path]:
    """Returns a Parquet file whose schema names a pickle, and the file that unpickling it writes."""
    mark = folder / "attacked"
    extension = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Touch(mark)),
    }
    schema = pa.schema([pa.field("flight", pa.int64(), metadata=extension), *map(pa.field, *columns())])
    path = folder / "day.parquet"
    parquet.write_table(pa.table([pa.array([1, 2]), pa.nulls(2), pa.nulls(2)], schema), path)
    return path, mark


def columns() -> tuple[tuple[str, ...], tuple[pa.DataType, ...]]:
    return ("temp", "carrier"), (pa.float32(), pa.string())


def run(*lines: str) -> subprocess.CompletedProcess:
    """Runs lines in a process that has imported nothing else: Beam brings the hotfix as well."""
    return subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False
    )


def test_a_schema_that_brings_code_is_refused_and_its_code_does_not_run(tmp_path: Path):
    path, mark = attack(tmp_path)
    done = run(
        "import sys, pyarrow as pa",
        "from components.example_gen.parquet_source import ParquetSource",
        "assert 'apache_beam' not in sys.modules",
        "types = {'flight': pa.int64(), 'temp': pa.float32(), 'carrier': pa.string()}",
        f"list(ParquetSource({str(path)!r}, types).batches())",
    )
    assert not mark.exists()
    assert done.returncode == 1
    assert "SpanDataError: day.parquet: " in done.stderr.splitlines()[-1]


@pytest.mark.skipif(
    int(pa.__version__.split(".")[0]) >= 14, reason=f"pyarrow {pa.__version__} runs no such code"
)
def test_the_hotfix_is_what_stops_it(tmp_path: Path):
    path, mark = attack(tmp_path)
    run(f"from pyarrow import parquet; parquet.ParquetFile({str(path)!r}).schema_arrow")
    assert mark.exists()


@pytest.mark.skipif(
    int(pa.__version__.split(".")[0]) < 14, reason=f"pyarrow {pa.__version__} needs the hotfix"
)
def test_where_pyarrow_is_mended_no_hotfix_is_imported():
    done = run(
        "import sys",
        "from components.example_gen import parquet_source",
        "print('pyarrow_hotfix' in sys.modules)",
    )
    assert done.stdout == "False\n"
