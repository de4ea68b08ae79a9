"""A BigQuery table is raw data like a file: all of its rows, as text."""

import datetime as dt

import pytest

from pipeline.data.raw.open_raw import open_raw
from pipeline.data.rules.dialect import Dialect
from pipeline.errors import ConfigError, DataError
from tests.local_bigquery.server import LocalBigQuery
from tests.local_bigquery.tables import LocalTable

ADDRESS = "bigquery://my-project/sales/trips"
KINDS = {"day": "DATE", "at": "TIMESTAMP", "fare": "NUMERIC", "late": "BOOLEAN", "zone": "STRING"}


def load(bigquery: LocalBigQuery, kinds: dict[str, str], **columns: list) -> None:
    table = LocalTable(kinds, by=None)
    bigquery.tables["my-project", "sales", "trips"] = table
    table.write("all", columns)


def test_its_rows_are_text(bigquery: LocalBigQuery):
    moment = dt.datetime(2013, 1, 31, 13, tzinfo=dt.timezone.utc)
    days = [dt.date(2013, 1, 31), None, None]
    load(
        bigquery,
        KINDS,
        day=days,
        at=[moment, None, None],
        fare=[1, 2, 3],
        late=[True, False, None],
        zone=["", "b", "c"],
    )
    raw = open_raw(ADDRESS)
    assert (raw.dialect, raw.header) == (Dialect("table"), tuple(KINDS))
    read = [tuple(row.values()) for batch in raw.batches() for row in batch.to_pylist()]
    assert read == [
        ("2013-01-31", "2013-01-31 13:00:00", "1.000000000", "true", None),
        (None, None, "2.000000000", "false", "b"),
        (None, None, "3.000000000", None, "c"),
    ]
    assert raw.place(2) == "my-project.sales.trips: row 2"


@pytest.mark.usefixtures("bigquery")
def test_a_table_that_is_none_is_an_error_of_the_command_line():
    with pytest.raises(ConfigError, match="BigQuery does not find it"):
        open_raw(ADDRESS)
    with pytest.raises(ConfigError, match="is no BigQuery table"):
        open_raw("bigquery://my-project/sales")


def test_a_table_that_is_no_table_of_values_is_refused(bigquery: LocalBigQuery):
    load(bigquery, {"a": "REPEATED INTEGER"}, a=[[1]])
    with pytest.raises(DataError, match="column 'a' is nested"):
        open_raw(ADDRESS)
    load(bigquery, {"a": "INTEGER"}, a=[])
    with pytest.raises(DataError, match="columns and no rows"):
        open_raw(ADDRESS)
    bigquery.denied.add("bigquery.readsessions.create")
    with pytest.raises(DataError, match="BigQuery refuses"):
        open_raw(ADDRESS)
