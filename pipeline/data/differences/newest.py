"""The newest spans of the configured source, as text, also where ingestion would refuse them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from components.example_gen.checks import refuse_delimiter
from components.example_gen.csv_source import CsvSource
from components.example_gen.errors import SpanDataError
from pipeline.config.config import Config
from pipeline.data.differences.observe import observe
from pipeline.data.differences.seen import TableSeen
from pipeline.data.raw.csv_file import RawCsv
from pipeline.data.raw.parquet_file import RawParquet
from pipeline.data.raw.sniff import sniff
from pipeline.data.rules.dialect import Dialect
from pipeline.errors import DataError
from pipeline.launch.launch import available_days
from trainer.column import ColumnTable

Read = Callable[[str], Iterator[pa.RecordBatch]]


def look(
    config: Config, table: ColumnTable, spans: int, today: dt.date, until: dt.date | None = None
) -> TableSeen:
    """Returns what the newest spans hold.

    Args:
      config: says where data is.
      table: the columns of columns.yaml.
      spans: how many to read, the newest ones.
      today: decides the century of two-digit years.
      until: the last span that is read; the newest, if None.

    Raises:
      ConfigError: there is no such source.
      DataError: it has no complete span, or none until that day.
    """
    days = available_days(config).days
    present = [day for day in sorted(days) if until is None or day <= until]
    if not present:
        raise DataError(f"there is no span until {until}; the first is {min(days)}")
    chosen = present[-spans:]
    unread: dict[dt.date, str] = {}
    read = _READERS[config.data.format]

    def batches() -> Iterator[tuple[dt.date, pa.RecordBatch]]:
        for day in chosen:
            path, rows = days[day]().path, 0
            try:
                for batch in read(path):
                    rows += batch.num_rows
                    yield day, batch
                if not rows:
                    unread[day] = f"{os.path.basename(path)}: no rows; expected at least one"
            except (DataError, SpanDataError) as error:
                unread[day] = str(error)

    typed = config.data.format != "csv"
    columns, new, rows = observe(table.columns, batches(), typed=typed)
    return TableSeen(
        days=tuple(day for day in chosen if day not in unread),
        rows=rows,
        columns=columns,
        new=tuple(each.found(today) for each in new if each.is_in_any(chosen)),
        unread=tuple(unread.values()),
        has_header=config.data.format != "tfrecord",
        older=max(min(config.window.days, len(present)) - len(chosen), 0),
    )


def _csv(path: str) -> Iterator[pa.RecordBatch]:
    """Yields the rows of a file as ingestion would take it apart; `init` reads more, such as UTF-16."""
    name = os.path.basename(path)
    sniffed = sniff(Path(path), prefer=",")
    CsvSource(path, {}).check_content()
    if sniffed.dialect.encoding != "utf-8":
        raise DataError(f"{name}: the text is not UTF-8; save the file as UTF-8")
    raw = RawCsv(Path(path), Dialect("csv", "utf-8", ","), has_quotes=sniffed.has_quotes)
    if len(raw.header) == 1:
        refuse_delimiter(name, sniffed.dialect.delimiter)
    yield from raw.batches()


def _parquet(path: str) -> Iterator[pa.RecordBatch]:
    yield from RawParquet(Path(path)).batches()


def _tfrecord(path: str) -> Iterator[pa.RecordBatch]:
    from pipeline.data.raw.tfrecord_file import batches

    yield from batches(Path(path))


def _table(address: str) -> Iterator[pa.RecordBatch]:
    from pipeline.data.raw.bigquery_table import RawTable

    yield from RawTable.of_partition(address).batches()


_READERS: dict[str, Read] = {"csv": _csv, "parquet": _parquet, "tfrecord": _tfrecord, "bigquery": _table}
