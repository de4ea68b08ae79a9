"""The newest spans of the configured source, as text, also where ingestion would refuse them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from pipeline.config.config import Config
from pipeline.data.differences.observe import observe
from pipeline.data.differences.seen import TableSeen
from pipeline.data.raw.csv_file import RawCsv
from pipeline.data.raw.parquet_file import RawParquet
from pipeline.data.raw.sniff import sniff
from pipeline.errors import DataError
from pipeline.launch.launch import available_days
from trainer.column import ColumnTable

Read = Callable[[str], Iterator[pa.RecordBatch]]


def look(config: Config, table: ColumnTable, spans: int, today: dt.date) -> TableSeen:
    """Returns what the newest spans hold.

    Args:
      config: says where data is.
      table: the columns of columns.yaml.
      spans: how many to read, the newest ones.
      today: decides the century of two-digit years.

    Raises:
      ConfigError: there is no such source.
      DataError: it has no complete span, or none that can be read.
    """
    days = available_days(config).days
    chosen = sorted(days)[-spans:]
    unread: dict[dt.date, str] = {}
    read = _READERS[config.data.format]

    def batches() -> Iterator[tuple[dt.date, pa.RecordBatch]]:
        for day in chosen:
            try:
                for batch in read(days[day]().path):
                    yield day, batch
            except DataError as error:
                unread[day] = str(error)

    typed = config.data.format != "csv"
    columns, new, rows = observe(table.columns, batches(), typed=typed)
    if len(unread) == len(chosen):
        raise DataError(f"none of the newest spans can be read: {next(iter(unread.values()))}")
    return TableSeen(
        days=tuple(day for day in chosen if day not in unread),
        rows=rows,
        columns=columns,
        new=tuple(each.found(today) for each in new if each.is_in_any(chosen)),
        unread=tuple(unread.values()),
        has_header=config.data.format != "tfrecord",
    )


def _csv(path: str) -> Iterator[pa.RecordBatch]:
    sniffed = sniff(Path(path), prefer=",")
    yield from RawCsv(
        Path(path), sniffed.dialect, has_quotes=sniffed.has_quotes, before=sniffed.before
    ).batches()


def _parquet(path: str) -> Iterator[pa.RecordBatch]:
    yield from RawParquet(Path(path)).batches()


def _tfrecord(path: str) -> Iterator[pa.RecordBatch]:
    from pipeline.data.raw.tfrecord_file import batches

    yield from batches(Path(path))


def _table(address: str) -> Iterator[pa.RecordBatch]:
    from pipeline.data.raw.bigquery_table import RawTable

    yield from RawTable.of_partition(address).batches()


_READERS: dict[str, Read] = {"csv": _csv, "parquet": _parquet, "tfrecord": _tfrecord, "bigquery": _table}
