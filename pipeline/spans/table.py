"""Spans that are days of a BigQuery table, and which of them are complete."""

from __future__ import annotations

import datetime as dt
import importlib
import warnings
from collections.abc import Mapping
from functools import partial

from components.spans.bigquery_partition import Partition, Table
from pipeline.errors import DataError
from pipeline.spans.window import Found, Readiness, Span


def spans_by_day(source: str, ready: Readiness) -> Found:
    """Finds the days of a table; its fingerprints are of metadata, no row is read.

    Rows without a day, and rows that are still in the streaming buffer, belong to no span.

    Args:
      source: `bigquery://project/dataset/table`.
      ready: of which only the age counts.

    Raises:
      DataError: no such table, no permission, no answer; it holds no complete day.
    """
    _import_quietly()
    from components.example_gen import bigquery_table  # Google's client, which the trigger function has not
    from components.example_gen.errors import SpanDataError

    try:
        table = Table.parse(source)
        found = bigquery_table.listing(table)
    except (SpanDataError, ValueError) as fault:
        raise DataError(str(fault)) from fault
    return complete(table, found.days, found.streaming, found.time, ready)


def complete(
    table: Table,
    days: Mapping[dt.date, Partition],
    streaming: int,
    time: dt.datetime | None,
    ready: Readiness,
) -> Found:
    """Tells the complete days of a table from those that are still being written.

    Args:
      streaming: rows in the streaming buffer.
      time: now, by BigQuery's clock; None when there is no partition.

    Raises:
      DataError: it holds no complete day.
    """
    found = {
        day: partial(Span, day, partition.address, partition.fingerprint)
        for day, partition in days.items()
        if time and ready.holds(marked=False, age_s=partition.age_s(time))
    }
    if not found and (days or streaming):
        raise DataError(
            f"{table} holds {len(days)} days and {streaming} rows in the streaming buffer, all "
            "still being written; wait, or change data.ready_after_s"
        )
    if not found:
        raise DataError(f"{table} holds no day; load rows into it")
    return Found(found, tuple(sorted(days.keys() - found.keys())))


def _import_quietly() -> None:
    """Keeps off the terminal what Google's libraries say of our Python while they are imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        importlib.import_module("google.cloud.bigquery")
