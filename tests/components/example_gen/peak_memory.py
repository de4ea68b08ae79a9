"""Ingests one span and prints by how many MiB the peak of memory grew meanwhile.

    python -m tests.components.example_gen.peak_memory FORMAT FILE STORE

Memory of a process can only be measured in a process of its own: a peak never falls again.
"""

import gzip
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import tensorflow as tf
from pyarrow import parquet

from components.example_gen.ingest import IngestSpec, find_or_ingest
from components.spans.span_ref import SpanRef
from tests.components.example_gen import parquet_checksums
from tests.components.example_gen.ingest_folder import HEADER

TYPES = {"day": "string", "late": "int64", "temp": "float", "carrier": "string"}
BLOCK_ROWS = 50_000
TEXT = "x" * 60  # about 90 bytes a row


def blocks(rows: int) -> Iterator[pa.Table]:
    """Yields the rows, a block at a time."""
    for first in range(0, rows, BLOCK_ROWS):
        numbers = range(first, min(first + BLOCK_ROWS, rows))
        yield pa.table(
            {
                "day": ["2013-01-31"] * len(numbers),
                "late": [number % 2 for number in numbers],
                "temp": pa.array([number / 8 for number in numbers], pa.float32()),
                "carrier": [f'{number} "{TEXT}"' for number in numbers],
            }
        )


def write_csv(path: Path, rows: int) -> None:
    """Writes every carrier in quotes, so that the strict reading is measured too."""
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as file:
        file.write(HEADER.encode())
        for block in blocks(rows):
            columns = block.to_pydict().values()
            for day, late, temp, carrier in zip(*columns, strict=True):
                text = carrier.replace('"', '""')
                file.write(f'{day},{late},{temp},"{text}"\n'.encode())


def write_parquet(path: Path, rows: int) -> None:
    """Writes a row group of 50,000 rows for each block: a reader must hold at least a row group."""
    with parquet.ParquetWriter(path, next(blocks(1)).schema, **parquet_checksums.WRITTEN) as writer:
        for block in blocks(rows):
            writer.write_table(block)


def write_tfrecord(path: Path, rows: int) -> None:
    """Writes the same rows as tf.Examples."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for block in blocks(rows):
            for row in block.to_pylist():
                example = tf.train.Example()
                example.features.feature["day"].bytes_list.value.append(row["day"].encode())
                example.features.feature["late"].int64_list.value.append(row["late"])
                example.features.feature["temp"].float_list.value.append(row["temp"])
                example.features.feature["carrier"].bytes_list.value.append(row["carrier"].encode())
                writer.write(example.SerializeToString())


WRITERS = {"csv": write_csv, "csv.gz": write_csv, "parquet": write_parquet, "tfrecord": write_tfrecord}


def peak_mib() -> int:
    """Returns the most memory that this process ever held."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def main(data_format: str, path: Path, store: str) -> None:
    spec = IngestSpec(store, data_format, TYPES, "late", ("day",), ("day",), None, "code")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    before = peak_mib()
    entry = find_or_ingest(SpanRef(0, str(path), digest.hexdigest()), spec)
    print(entry.rows("all"), peak_mib() - before)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
