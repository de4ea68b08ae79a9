"""Tables in memory, with what was in each partition at each time."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pyarrow as pa

# https://cloud.google.com/bigquery/docs/reference/storage#arrow_schema_details
ARROW = {
    "INTEGER": pa.int64(),
    "FLOAT": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "STRING": pa.string(),
    "BYTES": pa.binary(),
    "DATE": pa.date32(),
    "NUMERIC": pa.decimal128(38, 9),
    "TIMESTAMP": pa.timestamp("us", "UTC"),
    "RECORD": pa.struct([("a", pa.int64())]),
}
STREAMING = "__UNPARTITIONED__"
Versions = list[tuple[dt.datetime, pa.Table]]


@dataclasses.dataclass
class LocalTable:
    """A table.

    Attributes:
      types: column to type, as `tables.get` calls it; `REPEATED INTEGER` for an array.
      by: type and column of the partitioning; None for none.
      kind: `TABLE`, `VIEW` and so on.
      partitions: id to what it held, oldest first.
    """

    types: dict[str, str]
    by: tuple[str, str | None] | None = ("DAY", "day")
    kind: str = "TABLE"
    partitions: dict[str, Versions] = dataclasses.field(default_factory=dict)

    @property
    def arrow(self) -> pa.Schema:
        """Its columns as the Storage Read API sends them."""
        return pa.schema([(name, _arrow(kind)) for name, kind in self.types.items()])

    def write(self, partition: str, columns: dict[str, list], at: dt.datetime | None = None) -> None:
        """Replaces what a partition holds."""
        rows = pa.table({name: columns[name] for name in self.types}, schema=self.arrow)
        self.partitions.setdefault(partition, []).append((at or now(), rows))

    def as_of(self, time: dt.datetime) -> dict[str, pa.Table]:
        """What each partition held at a time."""
        held = {}
        for partition, versions in self.partitions.items():
            past = [rows for written, rows in versions if written <= time]
            if past:
                held[partition] = past[-1]
        return held


def now() -> dt.datetime:
    """This server's clock, in UTC."""
    return dt.datetime.now(dt.timezone.utc)


def _arrow(kind: str) -> pa.DataType:
    mode, _, element = kind.rpartition(" ")
    return pa.list_(ARROW[element]) if mode == "REPEATED" else ARROW[element]
