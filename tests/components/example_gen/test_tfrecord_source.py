"""One day's TFRecord of tf.Examples becomes typed batches, or one line with record and column."""

import re
import zlib
from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf

from components.example_gen.errors import SpanDataError
from components.example_gen.tfrecord_source import TFRecordSource
from components.spans.entry import BATCH_ROWS

TYPES = {"flight": pa.int64(), "temp": pa.float32(), "carrier": pa.string()}


def example(**values) -> bytes:
    """Returns {"flight": 1, "temp": 2.5, "carrier": "AA"} with `values`; None leaves a feature out."""
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


def error_of(path: Path) -> str:
    with pytest.raises(SpanDataError) as caught:
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
        ({"flight": b"x"}, "column 'flight' holds large_binary, which is not a whole number"),
        ({"flight": 1.5}, "column 'flight' holds float, which is not a whole number"),
        ({"temp": 2}, "column 'temp' holds int64, which is not a finite number"),
        ({"carrier": 7}, "column 'carrier' holds int64, which is not UTF-8 text"),
        ({"carrier": [b"AA", b"B6"]}, "column 'carrier': 2 values; expected at most one"),
        ({"carrier": b"caf\xe9"}, "column 'carrier': the value is not UTF-8 text"),
    ],
    ids=["bytes", "float", "int", "int for text", "two values", "no text"],
)
@pytest.mark.parametrize("before", [0, 1, 5, BATCH_ROWS + 3])
def test_a_record_that_does_not_fit_is_named_by_number_and_column(
    tmp_path: Path, before: int, bad, message: str
):
    path = write(tmp_path, [example()] * before + [example(**bad)] + [example()] * 3)
    separator = ", " if message.startswith("column") else ": "
    assert error_of(path) == f"day.tfrecord: record {before}{separator}{message}"


def test_a_whole_column_of_another_type_is_refused(tmp_path: Path):
    path = write(tmp_path, [example(flight=None), example(flight=1.5)])
    assert (
        error_of(path) == "day.tfrecord: record 1, column 'flight' holds float, which is not a whole number"
    )


def test_a_feature_that_the_schema_has_not_is_left_out_and_told_of(tmp_path: Path):
    source = TFRecordSource(str(write(tmp_path, [example(), example(gate=7)])), TYPES)
    table = pa.Table.from_batches(source.batches())
    assert (table.column_names, table.num_rows, source.extra) == ([*TYPES], 2, ("gate",))


def test_a_feature_of_nearly_the_right_name_is_no_empty_column_and_another(tmp_path: Path):
    path = write(tmp_path, [example(carrier=None, **{"Carrier ": b"AA"})] * 2)
    assert error_of(path) == (
        "day.tfrecord: column 'carrier' is in no row (is it 'Carrier '?); write it under its name"
    )


def test_bytes_that_are_no_example_are_refused(tmp_path: Path):
    path = write(tmp_path, [example(), b"no example", example()])
    assert error_of(path) == "day.tfrecord: record 1: no tf.Example"


@pytest.mark.parametrize("content", [b"day,late\n2013-01-31,1\n" * 9, b"\0" * 40], ids=["csv", "zeros"])
def test_a_file_that_is_no_tfrecord_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "day.tfrecord"
    path.write_bytes(content)
    assert error_of(path) == "day.tfrecord: damaged or cut off in record 0; write the file again"


def test_a_file_without_records_is_refused(tmp_path: Path):
    assert error_of(write(tmp_path, [])) == "day.tfrecord: no records; expected at least one"


@pytest.mark.parametrize("name", ["day.tfrecord", "day.tfrecord.gz"])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, name: str):
    path = write(tmp_path, [example()] * 9, name)
    path.write_bytes(path.read_bytes()[:-12])
    what = (
        "the gzip file is damaged or cut off" if name.endswith(".gz") else r"damaged or cut off in record \d"
    )
    assert re.fullmatch(rf"{name}: {what}; write the file again", error_of(path))


def test_a_file_whose_writer_was_killed_is_refused_though_every_record_in_it_is_whole(tmp_path: Path):
    """TensorFlow does not miss the end of a gzip stream."""
    path = tmp_path / "day.tfrecord.gz"
    packer = zlib.compressobj(wbits=31)
    whole = write(tmp_path, [example()] * 9).read_bytes()
    path.write_bytes(packer.compress(whole) + packer.flush(zlib.Z_FULL_FLUSH))
    assert error_of(path) == "day.tfrecord.gz: the gzip file is damaged or cut off; write the file again"


def test_a_file_is_compressed_as_its_name_says(tmp_path: Path):
    path = write(tmp_path, [example()], "day.tfrecord.gz")
    other = path.rename(tmp_path / "day.tfrecord")
    assert error_of(other) == "day.tfrecord: the file is compressed by gzip; let its name end in .gz"
    path = write(tmp_path, [example()]).rename(tmp_path / "other.tfrecord.gz")
    assert error_of(path) == (
        "other.tfrecord.gz: the file is not compressed by gzip; let its name end in .tfrecord"
    )


@pytest.mark.parametrize("damaged", [0, 7, BATCH_ROWS + 5])
@pytest.mark.parametrize("byte", [0, 9, 20, -1], ids=["length", "sum 1", "content", "sum 2"])
def test_a_record_whose_checksum_is_wrong_is_named_by_its_number(tmp_path: Path, damaged: int, byte: int):
    path = write(tmp_path, [example()] * (BATCH_ROWS + 10))
    content = bytearray(path.read_bytes())
    size = len(example()) + 16  # a length, its checksum, the record, its checksum
    content[damaged * size + byte % size] ^= 1
    path.write_bytes(content)
    assert error_of(path) == f"day.tfrecord: damaged or cut off in record {damaged}; write the file again"
