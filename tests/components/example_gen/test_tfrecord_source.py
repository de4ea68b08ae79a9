"""One day's TFRecord of tf.Examples becomes typed batches, or one line with record and column."""

from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf

from components.example_gen.rule import DataFault
from components.example_gen.tfrecord_source import BATCH_ROWS, TFRecordSource

TYPES = {"flight": pa.int64(), "temp": pa.float32(), "carrier": pa.string()}


def example(**values) -> bytes:
    """A tf.Example of {"flight": 1, "temp": 2.5, "carrier": "AA"} and `values`; None leaves a feature out."""
    record = tf.train.Example()
    for name, value in {"flight": 1, "temp": 2.5, "carrier": b"AA", **values}.items():
        for one in value if isinstance(value, list) else [value]:
            kind = {int: "int64_list", float: "float_list", bytes: "bytes_list"}.get(type(one))
            if kind:
                getattr(record.features.feature[name], kind).value.append(one)
    return record.SerializeToString()


def write(folder: Path, records: list[bytes], name: str = "day.tfrecord") -> Path:
    path = folder / name
    options = tf.io.TFRecordOptions(compression_type="GZIP" if name.endswith(".gz") else "")
    with tf.io.TFRecordWriter(str(path), options) as writer:
        for record in records:
            writer.write(record)
    return path


def read(path: Path) -> pa.Table:
    return pa.Table.from_batches(TFRecordSource(str(path), TYPES).batches())


def fault(path: Path) -> str:
    with pytest.raises(DataFault) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["day.tfrecord", "day.tfrecord.gz"])
def test_features_get_the_types_of_the_schema_and_absent_ones_are_null(tmp_path: Path, name: str):
    table = read(write(tmp_path, [example(), example(temp=None, carrier=b"B6"), example(flight=[])], name))
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == TYPES
    assert table.to_pydict() == {
        "flight": [1, 1, None],
        "temp": [2.5, None, 2.5],
        "carrier": ["AA", "B6", "AA"],
    }


def test_a_feature_that_no_record_has_is_null_everywhere(tmp_path: Path):
    assert read(write(tmp_path, [example(temp=None)]))["temp"].to_pylist() == [None]


def test_records_come_in_batches(tmp_path: Path):
    path = write(tmp_path, [example()] * (BATCH_ROWS + 1))
    assert [batch.num_rows for batch in TFRecordSource(str(path), TYPES).batches()] == [BATCH_ROWS, 1]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"flight": b"x"}, "no tf.Example like those before it ("),
        ({"carrier": [b"AA", b"B6"]}, "column 'carrier': 2 values; expected at most one"),
        ({"carrier": b"caf\xe9"}, "column 'carrier': the value is not UTF-8 text"),
    ],
    ids=["another type", "two values", "no text"],
)
@pytest.mark.parametrize("before", [1, 5, BATCH_ROWS + 3])
def test_a_record_that_does_not_fit_is_named_by_number_and_column(
    tmp_path: Path, before: int, bad, message: str
):
    path = write(tmp_path, [example()] * before + [example(**bad)] + [example()] * 3)
    if "flight" in bad and before > BATCH_ROWS:
        message = "no tf.Example like those before it ("
    said = fault(path)
    assert said.startswith(f"day.tfrecord: record {before}")
    assert message in said


def test_a_whole_column_of_another_type_is_refused(tmp_path: Path):
    path = write(tmp_path, [example(flight=None), example(flight=1.5)])
    assert fault(path) == "day.tfrecord: record 1, column 'flight' holds float, which is not a whole number"


def test_a_feature_that_the_schema_has_not_is_refused(tmp_path: Path):
    path = write(tmp_path, [example(), example(gate=7)])
    assert fault(path).startswith("day.tfrecord: unexpected column 'gate' in records 0 to 1; remove it")


def test_bytes_that_are_no_example_are_refused(tmp_path: Path):
    assert fault(write(tmp_path, [example(), b"no example"])).startswith(
        "day.tfrecord: record 1: no tf.Example"
    )


def test_a_file_without_records_is_refused(tmp_path: Path):
    assert fault(write(tmp_path, [])) == "day.tfrecord: no records; expected at least one"


@pytest.mark.parametrize("name", ["day.tfrecord", "day.tfrecord.gz"])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, name: str):
    path = write(tmp_path, [example()] * 9, name)
    path.write_bytes(path.read_bytes()[:-12])
    assert fault(path).startswith(f"{name}: damaged or cut off between record ")
