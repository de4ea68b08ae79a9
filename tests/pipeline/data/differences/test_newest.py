"""`evergreen schema propose` on files, also on those that ingestion refuses, in every format."""

import datetime as dt
import gzip
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from pipeline.config.load import load
from pipeline.data.differences.difference_rule import compare
from pipeline.data.differences.newest import look
from pipeline.errors import DataError
from trainer.column import Column, ColumnTable

TABLE = ColumnTable(
    columns=(
        Column("day", "string", "date", role="date"),
        Column("late", "int64", "category", role="label", values=(0, 1)),
        Column("carrier", "string", "category", values=("AA", "UA")),
        Column("temp", "float32", "number", required=False, min=-40, max=130),
        Column("seats", "int64", "number"),
    )
)
ROWS = {
    "day": ["2026-03-10"] * 4,
    "late": [0, 1, 2, None],
    "carrier": ["AA", "B6", "UA", "B6"],
    "temp": [1.5, 140.25, None, -50.0],
    "seats": [100, None, 7, 8],
    "gate": ["B7", "C1", "C2", "D4"],
}
TODAY = dt.date(2026, 3, 11)


def write(folder: Path, day: str, data_format: str, rows: dict) -> None:
    table = pa.table(rows)
    path = folder / f"{day}.{data_format}"
    if data_format == "parquet":
        parquet.write_table(table, path)
    elif data_format.startswith("csv"):
        lines = [
            ",".join("" if cell is None else str(cell) for cell in row.values()) for row in table.to_pylist()
        ]
        text = "\n".join([",".join(table.column_names), *lines]) + "\n"
        path.write_bytes(gzip.compress(text.encode()) if data_format.endswith("gz") else text.encode())
    else:
        import tensorflow as tf

        options = tf.io.TFRecordOptions(compression_type="GZIP" if data_format.endswith("gz") else "")
        with tf.io.TFRecordWriter(str(path), options) as writer:
            for row in table.to_pylist():
                example = tf.train.Example()
                for name, value in row.items():
                    kind = {int: "int64_list", float: "float_list", str: "bytes_list"}.get(type(value))
                    if kind:
                        value = value.encode() if isinstance(value, str) else value
                        getattr(example.features.feature[name], kind).value.append(value)
                writer.write(example.SerializeToString())


def differences(folder: Path, data_format: str = "csv", spans: int = 7) -> dict[str, str]:
    name = data_format.partition(".")[0]
    config = load("local", {"data.source": str(folder), "data.format": name})
    return {each.name: each.sentence for each in compare(TABLE, look(config, TABLE, spans, TODAY))}


@pytest.mark.parametrize("data_format", ["csv", "csv.gz", "parquet", "tfrecord", "tfrecord.gz"])
def test_what_is_new_is_found_in_every_format(tmp_path: Path, data_format: str):
    write(tmp_path, "2026-03-10", data_format, ROWS)
    found = differences(tmp_path, data_format)
    assert [*found] == [
        "late.values",
        "carrier.values",
        "temp.min",
        "temp.max",
        "seats.required",
        "gate.new",
    ]
    assert found["carrier.values"].endswith("in 2 rows of 2026-03-10: 'B6' (2)")
    assert found["temp.max"].startswith("1 row of 2026-03-10 of 'temp' is over its max of 130, to 140.25")
    assert "4 rows with a value, 4 different" in found["gate.new"]


def test_only_the_newest_spans_are_read(tmp_path: Path):
    plain = {**{name: cells[:1] for name, cells in ROWS.items() if name != "gate"}, "day": ["2026-03-11"]}
    write(tmp_path, "2026-03-10", "csv", ROWS)
    write(tmp_path, "2026-03-11", "csv", plain)
    assert differences(tmp_path, spans=1) == {}
    found = differences(tmp_path, spans=2)
    assert found["gate.new"].startswith("new column 'gate' in 1 of 2 spans (2026-03-10)")


def test_spans_after_a_day_are_not_read_and_those_before_them_are_counted(tmp_path: Path):
    for number in range(10, 14):
        write(tmp_path, f"2026-03-{number}", "csv", ROWS)
    config = load("local", {"data.source": str(tmp_path), "window.days": "30"})
    seen = look(config, TABLE, 2, TODAY, dt.date(2026, 3, 12))
    assert (seen.days, seen.older) == ((dt.date(2026, 3, 11), dt.date(2026, 3, 12)), 1)
    with pytest.raises(DataError, match="there is no span until 2026-03-09; the first is 2026-03-10"):
        look(config, TABLE, 2, TODAY, dt.date(2026, 3, 9))


def test_cells_of_another_type_are_counted_where_ingestion_stops_at_the_first(tmp_path: Path):
    write(tmp_path, "2026-03-10", "csv", {**ROWS, "seats": [1.5, 2.5, 3, 4.0]})
    assert differences(tmp_path)["seats.dtype"] == (
        "2 rows of 2026-03-10 of 'seats' are numbers with decimals, such as '1.5', '2.5': dtype float32"
    )
    write(tmp_path, "2026-03-10", "csv", {**ROWS, "seats": ["many", "2", "3", "4"]})
    assert "is no int64, such as 'many'" in differences(tmp_path)["seats.dtype"]


def test_a_span_that_cannot_be_read_is_named_and_the_others_are_compared(tmp_path: Path):
    write(tmp_path, "2026-03-10", "csv", ROWS)
    (tmp_path / "2026-03-11.csv").write_bytes(b"day,late\n2026-03-11,1,2,3\n")
    config = load("local", {"data.source": str(tmp_path)})
    seen = look(config, TABLE, 7, TODAY)
    assert seen.days == (dt.date(2026, 3, 10),)
    assert seen.unread == (
        "2026-03-11.csv: line 2: 4 cells, expected 2 as in the header; correct the line, or "
        "put quotes around a cell that holds a delimiter",
    )
    assert look(config, TABLE, 1, TODAY).days == ()


GOOD = "day,late,carrier,temp,seats\n2026-03-11,1,AA,1.5,7\n"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("csv", GOOD.encode("utf-16"), "the file is in UTF-16; save it as UTF-8"),
        ("csv", GOOD.encode("utf-16-le"), "the file is in UTF-16; save it as UTF-8"),
        (
            "csv",
            gzip.compress(GOOD.encode(), mtime=0),
            "the file is compressed by gzip; let its name end in .gz",
        ),
        ("csv.gz", GOOD.encode(), "the gzip file is damaged or cut off; copy it again"),
        (
            "csv.gz",
            gzip.compress(GOOD.encode(), mtime=0)[:-9],
            "the gzip file is damaged or cut off; copy it again",
        ),
        (
            "csv",
            GOOD.replace(",", ";").encode(),
            "the columns are separated by semicolons; separate them by commas",
        ),
        (
            "csv",
            GOOD.replace(",seats", "").replace(",7", "").replace(",", "\t").encode(),
            "the columns are separated by tabs; separate them by commas",
        ),
        ("csv", GOOD.splitlines()[0].encode() + b"\n", "a header and no rows; expected at least one row"),
        ("csv", b"", "the file is empty; expected a header and rows"),
        ("csv", b" \n\n", "the file is empty; expected a header and rows"),
        ("csv", GOOD.replace("AA", "Äß é").encode("cp1252"), "the text is not UTF-8; save the file as UTF-8"),
        (
            "csv",
            GOOD.rstrip().encode(),
            "the last line has no line end, so the file looks truncated; copy it again, or end it with a "
            "newline",
        ),
    ],
)
def test_a_file_that_ingestion_cannot_read_is_not_read_here_and_said_in_its_words(
    tmp_path: Path, name: str, content: bytes, why: str
):
    path = tmp_path / f"2026-03-11.{name}"
    path.write_bytes(content)
    config = load("local", {"data.source": str(tmp_path)})
    seen = look(config, TABLE, 7, TODAY)
    assert (seen.days, seen.unread) == ((), (f"{path.name}: {why}",))


def test_records_that_are_none_hold_no_rows(tmp_path: Path):
    (tmp_path / "2026-03-11.tfrecord").write_bytes(b"")
    config = load("local", {"data.source": str(tmp_path), "data.format": "tfrecord"})
    (why,) = look(config, TABLE, 7, TODAY).unread
    assert why == "2026-03-11.tfrecord: no rows; expected at least one"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["B7", "C1", "C2", "B7"], ("string", "category")),
        (["1", "2", "3", "3"], ("int64", "number")),
        (["1.5", "2", "3", "3"], ("float32", "number")),
        (["2026-01-01", "2026-01-05", "2026-02-01", ""], ("string", "date")),
        (["$5", "$6", "$7", "$9"], ("string", "category")),
        (["yes", "no", "no", "yes"], ("string", "category")),
    ],
)
def test_a_new_column_is_what_ingestion_can_read(tmp_path: Path, cells: list[str], expected: tuple[str, str]):
    """`init` could read $5 as a number, by rules of an import; a span is read as it is."""
    write(tmp_path, "2026-03-10", "csv", {**ROWS, "gate": cells})
    config = load("local", {"data.source": str(tmp_path)})
    (new,) = look(config, TABLE, 7, TODAY).new
    assert (new.dtype, new.kind) == expected
