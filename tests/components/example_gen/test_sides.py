"""Equal rows are on equal sides in every format, order and span, whatever their label; spread if asked."""

import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import csv, parquet

from components.example_gen.hash_split import HashSplit
from components.example_gen.ingest import IngestSpec, find_or_ingest
from tests.components.example_gen import parquet_checksums
from tests.components.example_gen.test_ingest import rows_of
from tests.components.ingestion import ref_of

TYPES = {"late": "int64", "temp": "float", "seats": "int64", "carrier": "string", "person": "string"}
ARROW = {name: pa.type_for_alias(kind) for name, kind in TYPES.items()}
FEATURES = (("carrier", "string"), ("seats", "int64"), ("temp", "float32"))
BY_FEATURES = HashSplit(0.4, FEATURES, False)
Row = tuple[int, float | None, int | None, str | None, str]

NUMBERS = random.Random(17)
ROWS: list[Row] = [
    (
        number % 2,
        NUMBERS.choice([None, 0.0, -1.5, 0.1, 1e-7, 123456.79, 3.4e38, 16777216.0]),
        NUMBERS.choice([None, 0, -3, 10**14 + 1]),
        NUMBERS.choice([None, "AA", "ä, ü", "two\nlines", "1.0"]),
        f"p{number % 40}",
    )
    for number in range(400)
]


def as_csv(path: Path, rows: list[Row]) -> Path:
    csv.write_csv(table(rows), path)
    return path


def as_parquet(path: Path, rows: list[Row]) -> Path:
    parquet.write_table(table(rows), path.with_suffix(".parquet"), **parquet_checksums.WRITTEN)
    return path.with_suffix(".parquet")


def as_wide_parquet(path: Path, rows: list[Row]) -> Path:
    """As pandas writes it: a column of whole numbers with gaps in it is one of decimals."""
    whole = table(rows)
    seats = whole["seats"].cast(pa.float64())
    wide = whole.set_column(2, "seats", seats).select(["person", "carrier", "seats", "temp", "late"])
    parquet.write_table(wide, path.with_suffix(".parquet"), **parquet_checksums.WRITTEN)
    return path.with_suffix(".parquet")


def as_tfrecord(path: Path, rows: list[Row]) -> Path:
    kinds = {"int64": "int64_list", "float": "float_list", "string": "bytes_list"}
    with tf.io.TFRecordWriter(str(path.with_suffix(".tfrecord"))) as writer:
        for row in rows:
            example = tf.train.Example()
            for (name, kind), value in zip(TYPES.items(), row, strict=True):
                if value is not None:
                    values = getattr(example.features.feature[name], kinds[kind]).value
                    values.append(value.encode() if isinstance(value, str) else value)
            writer.write(example.SerializeToString())
    return path.with_suffix(".tfrecord")


def table(rows: list[Row]) -> pa.Table:
    columns = [
        pa.array(values, kind) for values, kind in zip(zip(*rows, strict=True), ARROW.values(), strict=True)
    ]
    return pa.table(columns, names=list(ARROW))


def sides(path: Path, split: HashSplit, data_format: str = "csv") -> dict[str, Counter]:
    """Returns the rows of each side and how often each is there."""
    spec = IngestSpec(str(path.parent / "store"), data_format, TYPES, "late", ("person",), (), split, "code")
    entry = find_or_ingest(ref_of(path), spec)
    return {
        part: Counter(repr(sorted(row.items())) for row in rows_of(entry, part)) for part in ("train", "eval")
    }


@pytest.fixture
def of_csv(tmp_path: Path) -> dict[str, Counter]:
    return sides(as_csv(tmp_path / "2013-01-01.csv", ROWS), BY_FEATURES)


def test_both_sides_have_rows(of_csv: dict[str, Counter]):
    assert all(sum(side.values()) > 40 for side in of_csv.values())


@pytest.mark.parametrize(
    ("write", "data_format"),
    [(as_parquet, "parquet"), (as_wide_parquet, "parquet"), (as_tfrecord, "tfrecord")],
)
def test_every_format_gives_equal_rows_the_same_side(tmp_path: Path, of_csv, write, data_format: str):
    (tmp_path / "other").mkdir()
    path = write(tmp_path / "other" / "2013-01-01.csv", ROWS)
    assert sides(path, BY_FEATURES, data_format) == of_csv


def test_neither_order_nor_span_decides(tmp_path: Path, of_csv: dict[str, Counter]):
    backwards = sides(as_csv(tmp_path / "2013-01-02.csv", ROWS[::-1]), BY_FEATURES)
    assert backwards == of_csv
    halves = [
        sides(as_csv(tmp_path / "2013-01-03.csv", half), BY_FEATURES) for half in (ROWS[:90], ROWS[90:])
    ]
    assert {part: halves[0][part] + halves[1][part] for part in of_csv} == of_csv


def test_copies_and_their_twins_with_another_label_stay_together(tmp_path: Path):
    rows = [(late, float(number), 1, "AA", f"p{late}") for number in range(200) for late in (0, 1, 1)]
    for side in sides(as_csv(tmp_path / "2013-01-01.csv", rows), BY_FEATURES).values():
        temps = Counter(row.split("('temp', ")[1] for row in side.elements())
        assert set(temps.values()) == {3}


def test_a_negative_zero_is_a_zero(tmp_path: Path):
    rows = [(0, value, number, "AA", "p") for number in range(200) for value in (0.0, -0.0)]
    for side in sides(as_csv(tmp_path / "2013-01-01.csv", rows), BY_FEATURES).values():
        assert sum(side.values()) % 2 == 0


def test_an_empty_text_is_none_as_a_csv_reads_it(tmp_path: Path):
    rows = [(0, 1.0, number, text, "p") for number in range(200) for text in (None, "")]
    path = as_parquet(tmp_path / "2013-01-01.csv", rows)
    for side in sides(path, BY_FEATURES, "parquet").values():
        assert sum(side.values()) % 2 == 0


def test_all_rows_of_one_key_are_on_one_side(tmp_path: Path):
    by_key = HashSplit(0.4, (("person", "string"),), False)
    split = sides(as_csv(tmp_path / "2013-01-01.csv", ROWS), by_key)
    people = [{row.split("('person', ")[1].split(")")[0] for row in side} for side in split.values()]
    assert len(people[0]) + len(people[1]) == 40
    assert not people[0] & people[1]


# 40 copies of each of 3 rows, 15 of which have the label 1.
COPIES: list[Row] = [(int(number < 15), float(row), 1, "AA", "p") for row in range(3) for number in range(40)]


class TestSpreadCopies:
    SPREAD = HashSplit(0.4, FEATURES, True)

    def test_each_row_is_on_both_sides_in_the_share_that_was_asked_for(self, tmp_path: Path):
        split = sides(as_csv(tmp_path / "2013-01-01.csv", COPIES), self.SPREAD)
        assert {len(side) for side in split.values()} == {6}
        assert 30 < sum(split["eval"].values()) < 66

    def test_order_has_no_say(self, tmp_path: Path):
        shuffled = random.Random(1).sample(COPIES, len(COPIES))
        one = sides(as_csv(tmp_path / "2013-01-01.csv", COPIES), self.SPREAD)
        assert sides(as_csv(tmp_path / "2013-01-02.csv", shuffled), self.SPREAD) == one

    def test_a_row_that_stands_alone_is_where_it_is_without_spreading(self, tmp_path: Path):
        alone = [(0, float(number), 1, "AA", "p") for number in range(200)]
        path = as_csv(tmp_path / "2013-01-01.csv", alone)
        assert sides(path, self.SPREAD) == sides(path, BY_FEATURES)
