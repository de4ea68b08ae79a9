"""Spans that are days of a BigQuery table, and which of them are complete."""

from __future__ import annotations

import datetime as dt
import importlib
import warnings
from collections.abc import Mapping
from functools import partial

from components.spans.bigquery_partition import Partition, Table
from pipeline.errors import ConfigError, DataError, LoginError
from pipeline.spans.left_out import LeftOut
from pipeline.spans.window import AvailableDays, Readiness, Span

_WRITING = "still being written; wait, or change data.ready_after_s"


def available_days(source: str, ready: Readiness) -> AvailableDays:
    """Finds the days of a table and fingerprints them by their metadata, without reading a row.

    Rows without a day, and rows that are still in the streaming buffer, belong to no span.

    Args:
      source: `bigquery://project/dataset/table`.
      ready: when a day is complete; a table has no markers, so only `after_s` counts.

    Raises:
      ConfigError: there is no such table.
      LoginError: nobody is logged in.
      DataError: BigQuery cannot be asked about the table, or the table has no complete day.
    """
    _import_quietly()
    # Needs Google's client, which the trigger function does without.
    from components.example_gen import bigquery_table
    from components.example_gen.errors import NoLoginError, NoSuchTableError, SpanDataError

    try:
        table = Table.parse(source)
        listing = bigquery_table.listing(table)
    except NoSuchTableError as fault:
        raise ConfigError(str(fault)) from fault
    except NoLoginError as fault:
        raise LoginError(str(fault)) from fault
    except (SpanDataError, ValueError) as fault:
        raise DataError(str(fault)) from fault
    return complete_days(table, listing.days, listing.streaming, listing.time, ready)


def complete_days(
    table: Table,
    days: Mapping[dt.date, Partition],
    streaming: int,
    time: dt.datetime | None,
    ready: Readiness,
) -> AvailableDays:
    """Separates the complete days of a table from those that are still being written.

    Args:
      table: the table, for messages.
      days: its partitions.
      streaming: rows in the streaming buffer.
      time: now, by BigQuery's clock; None if the table has no partition.
      ready: when a day is complete; only `after_s` counts.

    Raises:
      DataError: the table has no complete day.
    """
    complete = {
        day: partial(Span, day, partition.address, partition.fingerprint)
        for day, partition in days.items()
        if time and ready.holds(marked=False, age_s=partition.age_s(time))
    }
    writing = sorted(days.keys() - complete.keys())
    left_out = tuple(LeftOut(day, f"partition {day:%Y%m%d}", _WRITING) for day in writing)
    if not complete and (days or streaming):
        raise DataError(
            f"{table} holds {len(days)} days and {streaming} rows in the streaming buffer, all {_WRITING}"
        )
    if not complete:
        raise DataError(f"{table} holds no day; load rows into it")
    undated = f"{streaming} rows in the streaming buffer (no day yet; wait)" if streaming else ""
    return AvailableDays(complete, left_out, undated)


def _import_quietly() -> None:
    """Imports Google's client without its warnings about the version of Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        importlib.import_module("google.cloud.bigquery")
