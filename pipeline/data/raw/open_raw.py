"""Chooses the reader of raw data by its address."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

from components.spans.bigquery_partition import SCHEME
from pipeline.data.raw.csv_file import RawCsv
from pipeline.data.raw.folder import RawFolder
from pipeline.data.raw.parquet_file import RawParquet
from pipeline.data.raw.raw_data import RawData
from pipeline.data.raw.sniff import sniff
from pipeline.data.rules.dialect import Dialect, change_of
from pipeline.errors import DataError


def open_raw(address: str, expected: Dialect | None = None) -> RawData:
    """Opens a file, a folder of files with one header, or `bigquery://project/dataset/table`.

    Args:
      address: of it.
      expected: what import.yaml says of it; None to find out.

    Raises:
      ConfigError: there is nothing at the address.
      DataError: empty, no rows, not text, names that are empty or stand twice, not of the expected dialect.
    """
    if address.startswith(SCHEME):
        from pipeline.data.raw.bigquery_table import RawTable

        return RawTable(address)
    path = Path(address).expanduser()
    open_file = functools.partial(_open_file, expected=expected)
    return RawFolder(path, open_file) if path.is_dir() else open_file(path)


def _open_file(path: Path, expected: Dialect | None) -> RawData:
    sniffed = sniff(path, prefer=expected.delimiter if expected else None)
    change = change_of(expected, sniffed.dialect, is_ascii=sniffed.is_ascii) if expected else None
    if change:
        raise DataError(
            f"{path.name}: {change}; export it as before, or set `dialect` in pipeline/configs/import.yaml"
        )
    if sniffed.dialect.format == "parquet":
        return RawParquet(path)
    dialect = sniffed.dialect
    if expected and expected.comment:
        dialect = dataclasses.replace(dialect, comment=expected.comment)
    if expected and expected.encoding == "latin-1":  # a file may have no byte that tells it from cp1252
        dialect = dataclasses.replace(dialect, encoding="latin-1")
    return RawCsv(path, dialect, has_quotes=sniffed.has_quotes, before=sniffed.before)
