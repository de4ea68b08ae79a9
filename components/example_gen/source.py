"""One interface for the formats that a span may have, and the choice among their readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import pyarrow as pa

from components.example_gen.byte_streams import check_unchanged
from components.example_gen.values import Where
from components.spans.span_ref import SpanRef


class Source(Protocol):
    """A span, read in order and in bounded memory.

    Attributes:
      decimals: how many values of whole-number columns have been read so far that had a decimal point.
      extra: columns that the span has and that were not asked for; all are known after the last batch.
    """

    decimals: int
    extra: tuple[str, ...]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yields all rows, with the requested columns and types; an empty cell is a null.

        Raises:
          SpanDataError: something cannot be read; names the file, the place and the column.
        """
        ...

    def place(self, row: int) -> str:
        """Returns where a person finds a row, counted from 0: a line, a row group, a record."""
        ...


def place_in(source: Source, file: str, rows_before: int) -> Where:
    """Returns the place of a batch's rows: the file, and the place in it; `rows_before` precede the batch."""
    return lambda row: f"{file}: {source.place(rows_before + row)}"


def open_source(span: SpanRef, data_format: str, types: Mapping[str, pa.DataType]) -> Source:
    """Makes sure that a span is still the one the run was launched with, and chooses its reader.

    Each reader is imported only where its format is read: what it needs may be large.

    Args:
      span: its path is a local file, an object in a bucket, or the address of a BigQuery partition.
      data_format: csv, parquet, tfrecord or bigquery; a file whose name ends in .gz is decompressed.
      types: column name to int64, float32 or string.

    Raises:
      SpanDataError: the span is gone, or has changed since the launch.
      ValueError: the format is none of these.
    """
    if data_format == "bigquery":
        from components.example_gen.bigquery_source import BigQuerySource

        return BigQuerySource(span.path, types, span.fingerprint)
    check_unchanged(span.path, span.fingerprint)
    if data_format == "parquet":
        from components.example_gen.parquet_source import ParquetSource

        return ParquetSource(span.path, types)
    if data_format == "tfrecord":
        from components.example_gen.tfrecord_source import TFRecordSource

        return TFRecordSource(span.path, types)
    if data_format == "csv":
        from components.example_gen.csv_source import CsvSource

        return CsvSource(span.path, types)
    raise ValueError(f"data format {data_format!r} is none of csv, parquet, tfrecord, bigquery")
