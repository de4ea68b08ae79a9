"""One day of a BigQuery table becomes typed batches, or one line with table, day, row and column."""

import dataclasses
import datetime as dt
import decimal
import json
import time
from pathlib import Path

import pyarrow as pa
import pytest

from components.example_gen import bigquery_source, bigquery_table
from components.example_gen.bigquery_source import BigQuerySource
from components.example_gen.errors import SpanDataError
from components.spans.bigquery_partition import Partition, Table
from tests.local_bigquery.server import LocalBigQuery
from tests.local_bigquery.tables import LocalTable

DAY = dt.date(2013, 1, 31)
TABLE = Table("my-project", "sales", "flights")
TYPES = {"carrier": pa.string(), "day": pa.string(), "flight": pa.int64(), "temp": pa.float32()}
COLUMNS = {
    "day": [DAY] * 3,
    "flight": [1, 2, 3],
    "temp": [2.5, None, 1.0],
    "carrier": ["AA", None, "B6"],
}
KINDS = {"day": "DATE", "flight": "INTEGER", "temp": "FLOAT", "carrier": "STRING"}


def load(bigquery: LocalBigQuery, kinds: dict[str, str] | None = None, **columns: list) -> LocalTable:
    """Makes the table with one day; `None` leaves a column out."""
    kinds = {**KINDS, **(kinds or {})}
    table = LocalTable({name: kind for name, kind in kinds.items() if kind})
    bigquery.tables["my-project", "sales", "flights"] = table
    table.write("20130131", {**COLUMNS, **columns})
    return table


def launched() -> Partition:
    """Returns the day as a launch sees it."""
    return bigquery_table.listing(TABLE).days[DAY]


def source(partition: Partition | None = None) -> BigQuerySource:
    partition = partition or launched()
    return BigQuerySource(partition.address, TYPES, partition.fingerprint)


def read() -> pa.Table:
    return pa.Table.from_batches(source().batches())


def error_of(partition: Partition | None = None) -> str:
    with pytest.raises(SpanDataError) as caught:
        list(source(partition).batches())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_columns_get_the_types_and_the_order_of_the_schema(bigquery: LocalBigQuery):
    load(bigquery)
    table = read()
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == TYPES
    assert table.schema.names == list(TYPES) != list(KINDS)
    assert table.to_pydict() == {**COLUMNS, "day": ["2013-01-31"] * 3}


@pytest.mark.parametrize(
    ("kinds", "columns", "expected"),
    [
        ({"flight": "BOOLEAN"}, {"flight": [True, False, None]}, {"flight": [1, 0, None]}),
        ({"temp": "INTEGER"}, {"temp": [2, None, -1]}, {"temp": [2.0, None, -1.0]}),
        ({"flight": "FLOAT"}, {"flight": [12.0, None, -1.0]}, {"flight": [12, None, -1]}),
        ({"carrier": "DATE"}, {"carrier": [DAY, None, DAY]}, {"carrier": ["2013-01-31", None, "2013-01-31"]}),
    ],
    ids=["truth", "whole numbers", "whole floats", "days"],
)
def test_what_loses_nothing_in_the_schemas_type_is_taken(bigquery: LocalBigQuery, kinds, columns, expected):
    load(bigquery, kinds, **columns)
    assert {name: read()[name].to_pylist() for name in expected} == expected


def test_columns_that_the_schema_does_not_name_are_not_fetched(bigquery: LocalBigQuery):
    load(bigquery, {"gate": "RECORD"}, gate=[None] * 3)
    assert read().schema.names == list(TYPES)
    (asked,) = bigquery.behaviour.sessions
    assert set(asked.read_session.read_options.selected_fields) == set(TYPES)


def test_only_the_day_is_read_and_from_one_stream(bigquery: LocalBigQuery):
    other = {**COLUMNS, "day": [DAY + dt.timedelta(days=1)] * 3, "flight": [7, 8, 9]}
    load(bigquery).write("20130201", other)
    assert read()["flight"].to_pylist() == [1, 2, 3]
    assert [asked.max_stream_count for asked in bigquery.behaviour.sessions] == [1]


@pytest.mark.parametrize(
    ("kinds", "values", "message"),
    [
        (
            {"carrier": "BYTES"},
            [b"AA"] * 3,
            "column 'carrier' holds BYTES, which is not UTF-8 text; write it",
        ),
        ({"carrier": "INTEGER"}, [1] * 3, "column 'carrier' holds INT64, which is not UTF-8 text; write it"),
        ({"carrier": "TIMESTAMP"}, [None] * 3, "column 'carrier' holds TIMESTAMP, which is not UTF-8 text"),
        ({"flight": "STRING"}, ["1"] * 3, "column 'flight' holds STRING, which is not a whole number"),
        ({"temp": "STRING"}, ["1"] * 3, "column 'temp' holds STRING, which is not a finite number; write it"),
        (
            {"temp": "NUMERIC"},
            [decimal.Decimal(1)] * 3,
            "column 'temp' holds NUMERIC, which is not a finite number; write it as FLOAT64",
        ),
        ({"temp": "TIMESTAMP"}, [None] * 3, "column 'temp' holds TIMESTAMP, which is not a finite number"),
        ({"temp": "BOOLEAN"}, [True] * 3, "column 'temp' holds BOOL, which is not a finite number"),
        ({"temp": "RECORD"}, [{"a": 1}] * 3, "column 'temp' is nested (STRUCT); flatten it into one value"),
        ({"flight": "REPEATED INTEGER"}, [[1]] * 3, "column 'flight' is nested (ARRAY<INT64>); flatten it"),
        (
            {"flight": "", "flights": "INTEGER"},
            [1] * 3,
            "column 'flight' is missing (is it 'flights'?); unexpected instead: 'flights'",
        ),
    ],
)
def test_a_column_that_does_not_fit_is_refused_by_name_and_no_row_is_fetched(
    bigquery: LocalBigQuery, kinds, values, message: str
):
    load(bigquery, kinds, **{next(reversed(kinds)): values})
    assert error_of().startswith(f"flights$20130131: {message}")
    assert not bigquery.behaviour.sessions


def test_numbers_are_rounded_as_those_of_a_file(bigquery: LocalBigQuery):
    load(bigquery, {"temp": "INTEGER"}, temp=[1, 2, 2**24 + 1])
    assert read()["temp"].to_pylist() == [1.0, 2.0, 2.0**24]


class TestWhatWasLaunched:
    """What is read is what the launch saw, or nothing is."""

    @pytest.mark.parametrize(
        "change",
        [
            lambda table: table.write("20130131", {**COLUMNS, "flight": [1, 2, 4]}),
            lambda table: table.write("20130131", {name: values[:2] for name, values in COLUMNS.items()}),
        ],
        ids=["as many rows", "fewer rows"],
    )
    def test_a_day_that_was_written_to_after_the_launch_is_refused(self, bigquery: LocalBigQuery, change):
        table, before = load(bigquery), launched()
        change(table)
        assert error_of(before) == (
            "flights$20130131: the content changed after the run was launched; start the run again"
        )
        assert not bigquery.behaviour.sessions

    def test_a_day_that_was_written_to_while_it_is_read_is_read_as_it_was(self, bigquery: LocalBigQuery):
        table = load(bigquery)
        checked = source()
        table.write("20130131", {**COLUMNS, "flight": [7, 8, 9]})
        assert pa.Table.from_batches(checked.batches())["flight"].to_pylist() == [1, 2, 3]

    def test_a_day_that_is_gone_after_the_launch_is_refused(self, bigquery: LocalBigQuery):
        table, before = load(bigquery), launched()
        del table.partitions["20130131"]
        assert error_of(before) == (
            "flights$20130131: no such partition; it was there when the run was launched"
        )

    def test_other_days_may_change(self, bigquery: LocalBigQuery):
        table, before = load(bigquery), launched()
        table.write("20130201", {**COLUMNS, "day": [DAY + dt.timedelta(days=1)] * 3})
        assert launched().fingerprint == before.fingerprint
        assert pa.Table.from_batches(source(before).batches())["flight"].to_pylist() == [1, 2, 3]

    def test_rows_on_their_way_through_the_streaming_buffer_close_the_day(self, bigquery: LocalBigQuery):
        load(bigquery).write("__UNPARTITIONED__", COLUMNS)
        assert error_of().startswith(
            "flights$20130131: 6 rows were read and the partition has 3; rows on their way through the "
            "streaming buffer"
        )

    def test_a_day_without_rows_is_refused(self, bigquery: LocalBigQuery):
        load(bigquery, **{name: [] for name in COLUMNS})
        assert error_of() == "flights$20130131: no rows; expected at least one"


class TestConnection:
    """Rows come once each, one message at a time, whatever the network does."""

    @pytest.mark.parametrize(
        ("breaks", "offsets"),
        [([1], [0, 2]), ([0], [0, 0]), ([1, 0, 1], [0, 2, 2, 3]), ([2], [0, 3])],
        ids=["in the middle", "before the first row", "again and again", "after the last row"],
    )
    def test_a_stream_that_breaks_off_goes_on_where_it_was(
        self, bigquery: LocalBigQuery, breaks: list[int], offsets: list[int]
    ):
        load(bigquery)
        bigquery.behaviour.break_after = breaks
        assert read()["flight"].to_pylist() == [1, 2, 3]
        assert bigquery.behaviour.offsets == offsets

    def test_a_stream_that_never_answers_is_given_up(self, bigquery: LocalBigQuery, monkeypatch):
        load(bigquery)
        bigquery.behaviour.always_down = True
        monkeypatch.setattr(bigquery_source, "RETRY_TIMEOUT_S", 0.5)
        assert error_of().startswith("flights$20130131: BigQuery does not answer (")

    def test_messages_are_fetched_as_they_are_consumed(self, bigquery: LocalBigQuery):
        rows = 64
        megabytes = ["x" * (1 << 20)] * rows
        load(bigquery, carrier=megabytes, day=[DAY] * rows, flight=[1] * rows, temp=[1.0] * rows)
        bigquery.behaviour.message_rows = 1
        batches = source().batches()
        assert next(batches).num_rows == 8  # megabytes
        time.sleep(1)
        assert 8 <= bigquery.behaviour.sent < 28
        assert [batch.num_rows for batch in batches] == [8] * 7

    def test_small_messages_are_joined_in_their_order(self, bigquery, monkeypatch):
        load(bigquery)
        bigquery.behaviour.message_rows = 1
        monkeypatch.setattr(bigquery_source, "BLOCK_ROWS", 2)
        assert [batch["flight"].to_pylist() for batch in source().batches()] == [[1, 2], [3]]

    @pytest.mark.usefixtures("bigquery")
    def test_a_server_that_is_not_there_is_said_in_one_line(self, monkeypatch):
        monkeypatch.setenv(bigquery_table.EMULATOR, "http://127.0.0.1:9")
        monkeypatch.setattr(bigquery_table, "ANSWER_TIMEOUT_S", 0.3)
        said = r"^my-project\.sales\.flights: BigQuery does not answer at http://127\.0\.0\.1:9 \(\w+\)"
        with pytest.raises(SpanDataError, match=said):
            bigquery_table.listing(TABLE)

    @pytest.mark.usefixtures("bigquery")
    @pytest.mark.parametrize("missing", [bigquery_table.EMULATOR, bigquery_table.STORAGE_EMULATOR])
    def test_one_local_server_without_the_other_is_refused(self, monkeypatch, missing: str):
        monkeypatch.delenv(missing)
        with pytest.raises(SpanDataError, match=r"only one is set; set both, or neither$"):
            bigquery_table.listing(TABLE)


class TestTable:
    """A table that cannot be used is refused with the reason."""

    @pytest.mark.usefixtures("bigquery")
    def test_a_table_that_is_not_there_is_named(self):
        with pytest.raises(SpanDataError) as caught:
            bigquery_table.listing(TABLE)
        assert str(caught.value) == (
            "my-project.sales.flights: BigQuery does not find it (NOT_FOUND: Not found: Table "
            "my-project:sales.flights); see data.source"
        )

    @pytest.mark.parametrize(
        "permission",
        [
            "bigquery.tables.get",
            "bigquery.jobs.create",
            "bigquery.readsessions.create",
            "bigquery.tables.getData",
        ],
    )
    def test_a_missing_permission_is_named_with_the_roles_that_give_it(self, bigquery, permission: str):
        load(bigquery)
        before = launched()
        bigquery.denied = {permission}
        message = error_of(before)
        assert permission in message
        assert "BigQuery refuses (" in message
        assert message.endswith(f"the account needs {bigquery_table.ROLES}")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"by": None}, "is partitioned not by time; expected by DAY on a DATE column"),
            ({"by": ("HOUR", "day")}, "is partitioned by HOUR on day; expected by DAY on a DATE column"),
            ({"by": ("DAY", None)}, "is partitioned by DAY on the time of ingestion; expected by DAY on"),
            (
                {"by": ("DAY", "carrier")},
                "is partitioned by DAY on carrier; expected by DAY on a DATE",
            ),
            ({"kind": "VIEW"}, "is a VIEW; expected a table, as only tables have partitions"),
        ],
    )
    def test_a_table_without_days_is_refused(self, bigquery: LocalBigQuery, change, message: str):
        table = load(bigquery)
        bigquery.tables["my-project", "sales", "flights"] = dataclasses.replace(table, **change)
        with pytest.raises(SpanDataError) as caught:
            bigquery_table.listing(TABLE)
        assert str(caught.value).startswith(f"my-project.sales.flights {message}")

    @pytest.mark.parametrize("key", ["MY-SECRET-KEY", "-----BEGIN PRIVATE KEY-----\nMY-SECRET-KEY\n"])
    def test_a_faulty_credential_is_refused_without_a_word_of_it(self, tmp_path: Path, monkeypatch, key: str):
        account = {
            "type": "service_account",
            "client_email": "a@b.iam.gserviceaccount.com",
            "private_key": key,
            "token_uri": "https://oauth2.googleapis.com/token",
        }
        (tmp_path / "key.json").write_text(json.dumps(account))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
        with pytest.raises(
            SpanDataError, match=r"^my-project\.sales\.flights: nobody is logged in to Google Cloud"
        ) as caught:
            bigquery_table.listing(TABLE)
        assert "SECRET" not in str(caught.value)
