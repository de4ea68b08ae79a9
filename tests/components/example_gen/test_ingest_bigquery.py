"""From a table come the very records that come from files of the same rows; each day once."""

import csv
import dataclasses
from datetime import date, timedelta
from pathlib import Path

import pytest
import tensorflow as tf

from components.example_gen import bigquery_table
from components.example_gen.errors import SpanDataError
from components.example_gen.hash_split import HashSplit
from components.example_gen.ingest import IngestSpec, find_or_ingest
from components.spans.bigquery_partition import Table
from components.spans.span_ref import SpanRef
from pipeline.config import schema as derived
from tests.components.ingestion import generate, ref_of, schema_of
from tests.local_bigquery.server import LocalBigQuery
from tests.local_bigquery.tables import LocalTable

ROOT = Path(__file__).parents[3]
FIRST = date(2013, 1, 1)
TABLE = Table("my-project", "sales", "flights")
KINDS = {"day": "DATE", "late": "INTEGER", "temp": "FLOAT", "carrier": "STRING"}
ROWS = [
    (FIRST, 1, 2.1, "AA"),
    (FIRST, None, 3.5, "UA"),
    (FIRST, 0, None, None),
    (FIRST, 1, -0.0, 'two\nlines, "ä"'),
]


def spec(folder: Path, data_format: str) -> IngestSpec:
    types = {"day": "string", "late": "int64", "temp": "float", "carrier": "string"}
    return IngestSpec(str(folder / data_format), data_format, types, "late", ("day",), ("day",), None, "code")


def load(bigquery: LocalBigQuery, rows: list[tuple]) -> LocalTable:
    table = LocalTable(dict(KINDS))
    bigquery.tables["my-project", "sales", "flights"] = table
    table.write("20130101", dict(zip(KINDS, map(list, zip(*rows, strict=True)), strict=True)))
    return table


def spans() -> list[SpanRef]:
    """Returns the days of the table as a launch names them."""
    return [
        SpanRef(number, day.address, day.fingerprint)
        for number, (_, day) in enumerate(sorted(bigquery_table.listing(TABLE).days.items()))
    ]


def examples_of(paths: list[str]) -> list[tf.train.Example]:
    records = tf.data.TFRecordDataset(paths, compression_type="GZIP")
    return [tf.train.Example.FromString(record.numpy()) for record in records]


def test_a_table_gives_the_records_that_a_csv_file_of_its_rows_gives(bigquery: LocalBigQuery, tmp_path: Path):
    load(bigquery, ROWS)
    path = tmp_path / "2013-01-01.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([list(KINDS), *ROWS])
    from_file = find_or_ingest(ref_of(path), spec(tmp_path, "csv"))
    from_table = find_or_ingest(spans()[0], spec(tmp_path, "bigquery"))
    assert (from_table.rows_read, from_table.refused) == (from_file.rows_read, from_file.refused)
    records = examples_of(from_table.paths("all"))
    assert records == examples_of(from_file.paths("all"))
    assert len(records) == 3


def test_a_row_of_a_table_is_on_the_side_on_which_it_is_in_a_file(bigquery: LocalBigQuery, tmp_path: Path):
    columns = (("carrier", "string"), ("day", "string"), ("temp", "float32"))
    split = HashSplit(0.4, columns, False)
    rows = [(FIRST, number % 2, number / 7, f"c{number}") for number in range(200)]
    load(bigquery, rows)
    path = tmp_path / "2013-01-01.csv"
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([list(KINDS), *rows])
    by_hash = [dataclasses.replace(spec(tmp_path, each), split=split) for each in ("csv", "bigquery")]
    of_file, of_table = find_or_ingest(ref_of(path), by_hash[0]), find_or_ingest(spans()[0], by_hash[1])
    assert 40 < of_table.rows("eval") < 120
    for part in ("train", "eval"):
        assert examples_of(of_table.paths(part)) == examples_of(of_file.paths(part))


@pytest.mark.parametrize("endless", [float("nan"), float("-inf")])
def test_a_number_that_is_not_finite_is_named_by_its_row(bigquery: LocalBigQuery, tmp_path: Path, endless):
    load(bigquery, [*ROWS, (FIRST, 1, endless, "AA")])
    with pytest.raises(SpanDataError) as caught:
        find_or_ingest(spans()[0], spec(tmp_path, "bigquery"))
    assert str(caught.value) == (
        f"flights$20130101: row 4, column 'temp': '{endless}' is not a finite number; "
        f"{'numbers end at 3.4e38; ' if 'inf' in str(endless) else ''}leave it empty if nothing is known"
    )


def test_a_day_is_read_once_and_a_corrected_one_again(bigquery: LocalBigQuery, tmp_path: Path):
    table = load(bigquery, ROWS)
    before = spans()[0]
    made = find_or_ingest(before, spec(tmp_path, "bigquery"))
    table.write("20130101", {name: [row[n] for row in ROWS[:1]] for n, name in enumerate(KINDS)})
    assert find_or_ingest(before, spec(tmp_path, "bigquery")) == made
    assert len(bigquery.behaviour.sessions) == 1
    assert find_or_ingest(spans()[0], spec(tmp_path, "bigquery")).rows("all") == 1
    assert len(bigquery.behaviour.sessions) == 2


def test_example_gen_ingests_a_week_and_then_only_the_day_that_was_corrected(
    bigquery: LocalBigQuery, tmp_path: Path
):
    artifact = schema_of(tmp_path / "schema", derived.read().decode())
    schema = _read(artifact)
    table = LocalTable({feature.name: _KINDS[feature.type] for feature in schema.feature} | _DATE)
    table.by = ("DAY", "flight_date")
    bigquery.tables["my-project", "sales", "flights"] = table
    for number in range(7):
        _write(table, FIRST + timedelta(days=number), rows=100 + number)
    first = _generate(tmp_path, "first", artifact)
    assert [first.get_int_custom_property(name) for name in ("spans_ingested", "spans_reused")] == [7, 0]
    assert first.get_int_custom_property("rows_train") == sum(100 + number for number in range(5))
    assert first.get_int_custom_property("rows_eval") == 105 + 106
    _write(table, FIRST + timedelta(days=3), rows=90)
    second = _generate(tmp_path, "second", artifact)
    assert [second.get_int_custom_property(name) for name in ("spans_ingested", "spans_reused")] == [1, 6]
    assert second.get_int_custom_property("rows_train") == 100 + 101 + 102 + 90 + 104
    assert len(bigquery.behaviour.sessions) == 8


_KINDS = {1: "STRING", 2: "INTEGER", 3: "FLOAT"}  # FeatureType's BYTES, INT, FLOAT
_DATE = {"flight_date": "DATE"}
_VALUES = {"STRING": "AA", "INTEGER": 1, "FLOAT": 1.5}


def _read(schema):
    from tfx.utils import io_utils

    return io_utils.SchemaReader().read(str(Path(schema.uri) / "schema.pbtxt"))


def _write(table: LocalTable, day: date, rows: int) -> None:
    columns = {name: [day if kind == "DATE" else _VALUES[kind]] * rows for name, kind in table.types.items()}
    table.write(f"{day:%Y%m%d}", columns)


def _generate(folder: Path, name: str, schema):
    week = spans()
    return generate(
        folder / name,
        week[:5],
        week[5:],
        schema=schema,
        data_format="bigquery",
        store=str(folder / "store"),
    )
