"""Where rows come from: one interface for the formats a span may have."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from typing import IO, Protocol

import pyarrow as pa

from components.example_gen.rule import DataFault

CHUNK_BYTES = 1 << 20
DAMAGED_GZIP = (EOFError, gzip.BadGzipFile, zlib.error)


class Source(Protocol):
    """A span, read in order and in bounded memory."""

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows, with the columns and types that were asked for; an empty cell is a null.

        Raises:
          DataFault: what cannot be read, by file, place and column.
        """
        ...

    def place(self, row: int) -> str:
        """Where a person finds row number `row`, counted from 0: a line, a row group, a record."""
        ...


def open_source(path: str, data_format: str, types: Mapping[str, pa.DataType], fingerprint: str) -> Source:
    """Makes sure that a span is still the one the run was launched with, and chooses its reader.

    Each reader imports what only it needs.

    Args:
      path: of a local file or an object in a bucket, or the address of a BigQuery partition.
      data_format: csv, parquet, tfrecord or bigquery; a name that ends in .gz is decompressed.
      types: column name to int64, float32 or string.
      fingerprint: of the span at the launch.

    Raises:
      DataFault: the span is gone, or has changed since the launch.
    """
    if data_format == "bigquery":
        from components.example_gen.bigquery_source import BigQuerySource

        return BigQuerySource(path, types, fingerprint)
    check_unchanged(path, fingerprint)
    if data_format == "parquet":
        from components.example_gen.parquet_source import ParquetSource

        return ParquetSource(path, types)
    if data_format == "tfrecord":
        from components.example_gen.tfrecord_source import TFRecordSource

        return TFRecordSource(path, types)
    if data_format == "csv":
        from components.example_gen.csv_source import CsvSource

        return CsvSource(path, types)
    raise ValueError(f"data format {data_format!r} is none of csv, parquet, tfrecord, bigquery")


def open_bytes(path: str) -> IO[bytes]:
    """Opens a file, or an object in a bucket, as it is."""
    if "://" not in path:
        return open(path, "rb")
    from apache_beam.io.filesystem import CompressionTypes
    from apache_beam.io.filesystems import FileSystems

    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


def open_content(path: str) -> IO[bytes]:
    """Opens a file's content, decompressed if its name ends in .gz."""
    if "://" not in path:
        return gzip.open(path) if path.endswith(".gz") else open(path, "rb")  # type: ignore[return-value]
    from apache_beam.io.filesystems import FileSystems

    return FileSystems.open(path)


def bucket_address(path: str) -> str:
    """Where workers find a file: Vertex AI mounts buckets under /gcs in its own steps and nowhere else."""
    return f"gs://{path.removeprefix('/gcs/')}" if path.startswith("/gcs/") else path


def check_unchanged(path: str, fingerprint: str) -> None:
    """Makes sure that a file is still the one the run was launched with.

    Args:
      fingerprint: SHA-256 of the file's bytes, in hex.

    Raises:
      DataFault: the file is gone, or its content has changed since the launch.
    """
    digest = hashlib.sha256()
    try:
        with open_bytes(path) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise DataFault(f"{path}: {why}; the span was there when the run was launched") from error
    if digest.hexdigest() != fingerprint:
        raise DataFault(
            f"{os.path.basename(path)}: the content changed after the run was launched; start the run again"
        )
