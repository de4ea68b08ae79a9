"""A day is never in memory as a whole: ten times the rows take as much memory."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from tests.local_bigquery.server import LocalBigQuery
from tests.local_bigquery.tables import LocalTable, now

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]

# Ingests a day in a process of its own and prints its rows and the most memory it had, in MB.
INGEST = """
import datetime, resource, sys
from components.example_gen import bigquery_table
from components.example_gen.ingest import IngestSpec, find_or_ingest
from components.spans.bigquery_partition import Table
from components.spans.span_ref import SpanRef
table = Table.parse("bigquery://my-project/sales/flights")
day = bigquery_table.listing(table).days[datetime.date.fromisoformat(sys.argv[1])]
types = {"day": "string", "late": "int64", "temp": "float", "carrier": "string"}
spec = IngestSpec(sys.argv[2], "bigquery", types, "late", ("day",), ("day",), None, "code")
entry = find_or_ingest(SpanRef(0, day.address, day.fingerprint), spec)
print(entry.rows_read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""
SMALL, LARGE = (dt.date(2013, 1, 1), 150_000), (dt.date(2013, 1, 2), 1_500_000)


def test_ten_times_the_rows_take_as_much_memory(bigquery: LocalBigQuery, tmp_path: Path):
    table = LocalTable({"day": "DATE", "late": "INTEGER", "temp": "FLOAT", "carrier": "STRING"})
    bigquery.tables["my-project", "sales", "flights"] = table
    bigquery.behaviour.message_rows = 5000
    for day, count in (SMALL, LARGE):
        columns = [pa.array([value] * count) for value in (day, 1, 1.5, "x" * 60)]
        table.partitions[f"{day:%Y%m%d}"] = [(now(), pa.Table.from_arrays(columns, schema=table.arrow))]
    (small_rows, small_mb), (large_rows, large_mb) = (_ingest(day, tmp_path) for day, _ in (SMALL, LARGE))
    assert (small_rows, large_rows) == (SMALL[1], LARGE[1])
    assert large_mb < small_mb + 40  # its rows have 120 MB


def _ingest(day: dt.date, folder: Path) -> tuple[int, int]:
    command = [sys.executable, "-W", "ignore", "-c", INGEST, str(day), str(folder / "store")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    rows, megabytes = done.stdout.split()
    return int(rows), int(megabytes)
