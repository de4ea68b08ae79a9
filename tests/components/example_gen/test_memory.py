"""A much longer span needs no more memory than one that fills the readers' buffers."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.components.example_gen.peak_memory import WRITERS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
# What allocators keep; pyarrow's reader of Parquet has threads, and beside other work they run further ahead.
ALLOWED_MIB = {"csv": 40, "csv.gz": 40, "parquet": 60, "tfrecord": 40}
# Rows that fill the buffers, and rows whose content alone is more than what is allowed above that. A row is
# 95 bytes of CSV and 160 of TFRecord; pyarrow reads up to 32 MB of CSV ahead.
ROWS = {
    "csv": (360_000, 1_000_000),
    "csv.gz": (360_000, 1_000_000),
    "parquet": (60_000, 900_000),
    "tfrecord": (20_000, 300_000),
}


def growth_mib(name: str, rows: int, folder: Path) -> int:
    """Returns by how much the peak of a process grows that ingests so many rows."""
    path = folder / f"2013-01-31.{name}"
    WRITERS[name](path, rows)
    program = "tests.components.example_gen.peak_memory"
    command = [sys.executable, "-m", program, name.split(".")[0], str(path), str(folder / f"store-{rows}")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    ingested, grown = map(int, done.stdout.split())
    assert ingested == rows
    return grown


@pytest.mark.parametrize("name", WRITERS)
def test_many_more_rows_need_no_more_memory(tmp_path: Path, name: str):
    usual, long = (growth_mib(name, rows, tmp_path) for rows in ROWS[name])
    assert long - usual < ALLOWED_MIB[name], (usual, long)
