"""Spans that are days of a BigQuery table, and which of them are complete."""

from __future__ import annotations

import datetime as dt
import importlib
import warnings

from components.example_gen import bigquery_table
from components.example_gen.partition import Table
from components.example_gen.rule import DataFault
from pipeline.errors import DataError
from pipeline.spans import Readiness, Span


def spans_by_day(source: str, ready: Readiness) -> dict[dt.date, Span]:
    """Finds the complete days of a table; its fingerprints are of metadata, no row is read.

    Rows without a day, and rows that are still in the streaming buffer, belong to no span.

    Args:
      source: `bigquery://project/dataset/table`.
      ready: of which only the age counts.

    Raises:
      DataError: no such table, no permission, no answer; it holds no complete day.
    """
    _import_quietly()
    try:
        table = Table.parse(source)
        found = bigquery_table.listing(table)
    except (DataFault, ValueError) as fault:
        raise DataError(str(fault)) from fault
    complete = {
        day: Span(day, partition.address, partition.fingerprint)
        for day, partition in found.days.items()
        if found.time and ready.holds(marked=False, age_s=partition.age_s(found.time))
    }
    if not complete and (found.days or found.streaming):
        raise DataError(
            f"{table} holds {len(found.days)} days and {found.streaming} rows in the streaming buffer, all "
            "still being written; wait, or change data.ready_after_s"
        )
    if not complete:
        raise DataError(f"{table} holds no day; load rows into it")
    return complete


def _import_quietly() -> None:
    """Keeps off the terminal what Google's libraries say of our Python while they are imported."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        importlib.import_module("google.cloud.bigquery")
