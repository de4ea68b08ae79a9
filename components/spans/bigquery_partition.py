"""Days of a BigQuery table as plain values: their addresses, their fingerprints, and the query for them.

Needs no library of Google's: a configuration and the trigger function load it too.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
from collections.abc import Iterable

from components.shown import shown

SCHEME = "bigquery://"
STREAMING = "__UNPARTITIONED__"  # rows that were streamed in and have no partition yet
_TABLE = re.compile(rf"{SCHEME}([a-z][a-z0-9-]{{4,28}}[a-z0-9])/(\w+)/([\w-]+)", re.ASCII)


@dataclasses.dataclass(frozen=True)
class Table:
    """The address of a table."""

    project: str
    dataset: str
    name: str

    @classmethod
    def parse(cls, address: str) -> Table:
        """Returns the table of `bigquery://project/dataset/table`.

        Raises:
          ValueError: the address has another form.
        """
        match = _TABLE.fullmatch(address)
        if not match:
            raise ValueError(
                f"{shown(address)} is no BigQuery table; expected {SCHEME}<project>/<dataset>/<table>"
            )
        return cls(*match.groups())

    @property
    def address(self) -> str:
        """`bigquery://project/dataset/table`."""
        return f"{SCHEME}{self.project}/{self.dataset}/{self.name}"

    def __str__(self) -> str:
        return f"{self.project}.{self.dataset}.{self.name}"


@dataclasses.dataclass(frozen=True)
class Partition:
    """One day of a table, by the table's metadata.

    Attributes:
      table: whose day it is.
      day: the value of the partitioning column.
      rows: how many it has.
      written: when rows were last written or changed. Deletions may leave it (Google's page on the PARTITIONS
        view says so); they show in `rows`.
    """

    table: Table
    day: dt.date
    rows: int
    written: dt.datetime

    def age_s(self, now: dt.datetime) -> float:
        """Returns the seconds since the last write.

        Args:
          now: by BigQuery's clock.
        """
        return (now - self.written).total_seconds()

    @property
    def address(self) -> str:
        """`bigquery://project/dataset/table$YYYYMMDD`."""
        return f"{self.table.address}${self.day:%Y%m%d}"

    @property
    def fingerprint(self) -> str:
        """SHA-256 over its metadata; another one after every write, even of equal rows."""
        return hashlib.sha256(f"{self.address} {self.written.isoformat()} {self.rows}".encode()).hexdigest()


def days_of(table: Table, rows: Iterable[tuple[str | None, int, dt.datetime]]) -> dict[dt.date, Partition]:
    """Returns the days of a table, without the partitions of rows that have no day or are still streaming in.

    Args:
      table: whose partitions they are.
      rows: id, number of rows and time of the last write of each partition, as `query` asks for them.
    """
    partitions = [
        Partition(table, parse_day(name), count, written)
        for name, count, written in rows
        if name and re.fullmatch(r"\d{8}", name)
    ]
    return {partition.day: partition for partition in partitions}


def table_and_day(address: str) -> tuple[Table, dt.date]:
    """Returns the table and the day of a `Partition.address`.

    Raises:
      ValueError: the address has another form.
    """
    table, _, day = address.partition("$")
    return Table.parse(table), parse_day(day)


def query(table: Table, day: dt.date | None = None) -> str:
    """Returns the GoogleSQL query for a table's partitions and for BigQuery's clock.

    Args:
      table: whose names have passed `Table.parse`.
      day: the only day to ask for; None for all.
    """
    # Names that passed _TABLE hold nothing that could end a quote.
    only = f" AND partition_id = '{day:%Y%m%d}'" if day else ""
    return (
        "SELECT partition_id, total_rows, last_modified_time, CURRENT_TIMESTAMP() AS now "
        f"FROM `{table.project}.{table.dataset}.INFORMATION_SCHEMA.PARTITIONS` "
        f"WHERE table_name = '{table.name}'{only}"
    )


def parse_day(partition_id: str) -> dt.date:
    """Returns the day of a partition's id, `YYYYMMDD`.

    Raises:
      ValueError: the id is no day.
    """
    return dt.datetime.strptime(partition_id, "%Y%m%d").date()
