"""A span becomes an entry of the store once; every row is kept or counted; every error names its place."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import parquet

from components.example_gen import ingest
from components.example_gen.errors import SpanDataError
from components.example_gen.hash_split import HashSplit
from components.example_gen.ingest import IngestSpec, find_entry, find_or_ingest
from components.spans.span_ref import SpanRef
from tests.components.example_gen import parquet_checksums
from tests.components.ingestion import ref_of

HEADER = b"day,late,temp,carrier\n"
ROWS = b"2013-01-31,1,2.5,AA\n2013-01-31,,3.5,UA\n2013-01-31,0,,\n"


SPLIT = HashSplit(0.25, (("carrier", "string"), ("day", "string"), ("temp", "float32")), False)


def spec(folder: Path, **changes) -> IngestSpec:
    values = {
        "store": str(folder / "store"),
        "data_format": "csv",
        "types": {"day": "string", "late": "int64", "temp": "float", "carrier": "string"},
        "label": "late",
        "required": ("day",),
        "days": ("day",),
        "split": None,
        "code_fingerprint": "code",
    }
    return IngestSpec(**{**values, **changes})


def write(folder: Path, content: bytes = HEADER + ROWS) -> Path:
    path = folder / "2013-01-31.csv"
    path.write_bytes(content)
    return path


def rows_of(entry, part: str = "all") -> list[dict[str, object]]:
    return [
        _values(tf.train.Example.FromString(record.numpy()))
        for record in tf.data.TFRecordDataset(entry.paths(part), compression_type="GZIP")
    ]


def _values(example: tf.train.Example) -> dict[str, object]:
    kinds = {
        name: (feature, feature.WhichOneof("kind")) for name, feature in example.features.feature.items()
    }
    return {name: list(getattr(feature, kind).value) for name, (feature, kind) in kinds.items() if kind}


def test_rows_with_a_label_are_kept_and_the_others_counted(tmp_path: Path):
    entry = find_or_ingest(ref_of(write(tmp_path)), spec(tmp_path))
    assert (entry.rows_read, entry.rows("all"), entry.refused) == (3, 2, {"no label": 1})
    assert rows_of(entry) == [
        {"day": [b"2013-01-31"], "late": [1], "temp": [2.5], "carrier": [b"AA"]},
        {"day": [b"2013-01-31"], "late": [0]},
    ]


def test_a_span_is_read_once_and_its_entry_is_taken_from_then_on(tmp_path: Path):
    path = write(tmp_path)
    first = ref_of(path)
    made = find_or_ingest(first, spec(tmp_path))
    path.unlink()
    assert find_entry(first, spec(tmp_path))
    assert find_or_ingest(first, spec(tmp_path)) == made


@pytest.mark.parametrize(
    "change",
    [
        {"code_fingerprint": "other"},
        {"label": "temp"},
        {"split": SPLIT},
        {"types": {"day": "string", "late": "int64", "carrier": "string", "temp": "float"}},
        {"types": {"day": "string", "late": "float", "temp": "float", "carrier": "string"}},
    ],
    ids=["code", "label", "split", "order of columns", "type"],
)
def test_whatever_decides_the_records_asks_for_another_entry(tmp_path: Path, change):
    one = ref_of(write(tmp_path))
    find_or_ingest(one, spec(tmp_path))
    assert not find_entry(one, spec(tmp_path, **change))


def test_a_corrected_span_asks_for_another_entry(tmp_path: Path):
    before = find_or_ingest(ref_of(write(tmp_path)), spec(tmp_path))
    after = find_or_ingest(ref_of(write(tmp_path, HEADER + b"2013-01-31,1,9,AA\n")), spec(tmp_path))
    assert before.folder != after.folder
    assert rows_of(before) != rows_of(after)


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_entry_is_made_anew(tmp_path: Path, damage: str):
    one = ref_of(write(tmp_path))
    entry = find_or_ingest(one, spec(tmp_path))
    (records,) = map(Path, entry.paths("all"))
    whole = records.read_bytes()
    records.write_bytes(whole[:-1] if damage == "cut" else whole[:-1] + bytes([whole[-1] ^ 1]))
    again = find_or_ingest(one, spec(tmp_path))
    assert again.folder == entry.folder
    assert len(rows_of(again)) == 2


def test_a_random_split_gives_a_row_the_same_part_in_whatever_span_it_stands(tmp_path: Path):
    lines = [f"2013-01-31,{number % 2},{number},AA\n".encode() for number in range(400)]
    by_hash = spec(tmp_path, split=SPLIT)
    one = find_or_ingest(ref_of(write(tmp_path, HEADER + b"".join(lines))), by_hash)
    other = find_or_ingest(ref_of(write(tmp_path, HEADER + b"".join(lines[:100]))), by_hash)
    assert 60 < one.rows("eval") < 140
    assert one.rows("eval") + one.rows("train") == 400
    for part in ("train", "eval"):
        temps = [row["temp"] for row in rows_of(one, part)]
        assert [row["temp"] for row in rows_of(other, part)] == [t for t in temps if t[0] < 100]


@pytest.mark.parametrize("cell", ["nan", "-inf", "1e999"])
@pytest.mark.parametrize(
    ("before", "line"),
    [(b"", 2), (b"\n\n", 4), (b'2013-01-31,1,2.5,"two\nlines"\n', 4), (ROWS * 40_000, 120_002)],
    ids=["first row", "blank lines", "line end in a value", "in a later block"],
)
def test_a_number_that_is_not_finite_is_named_by_line_and_column(
    tmp_path: Path, before: bytes, line: int, cell: str
):
    path = write(tmp_path, HEADER + before + f"2013-01-31,1,{cell},AA\n".encode())
    with pytest.raises(SpanDataError) as caught:
        find_or_ingest(ref_of(path), spec(tmp_path))
    shown = cell.replace("1e999", "inf")
    assert str(caught.value) == (
        f"2013-01-31.csv: line {line}, column 'temp': '{shown}' is not a finite number; "
        f"{'numbers end at 3.4e38; ' if 'inf' in shown else ''}leave it empty if nothing is known"
    )


@pytest.mark.parametrize(
    "cell", ["31.01.2013", "2013-1-31", "2013-02-30", "2013-13-01", "yesterday", "2013-01-31 "]
)
def test_a_date_that_does_not_parse_is_named_by_line_and_column(tmp_path: Path, cell: str):
    path = write(tmp_path, HEADER + ROWS + f"{cell},1,1,AA\n".encode())
    with pytest.raises(SpanDataError) as caught:
        find_or_ingest(ref_of(path), spec(tmp_path))
    assert str(caught.value) == (
        f"2013-01-31.csv: line 5, column 'day': '{cell}' is not a day written YYYY-MM-DD"
    )


def test_a_leap_day_is_a_day(tmp_path: Path):
    assert (
        find_or_ingest(ref_of(write(tmp_path, HEADER + b"2012-02-29,1,1,AA\n")), spec(tmp_path)).rows("all")
        == 1
    )


def test_an_error_in_parquet_is_named_by_row_group(tmp_path: Path):
    path = tmp_path / "2013-01-31.parquet"
    table = pa.table(
        {
            "day": ["2013-01-31"] * 5,
            "late": pa.array([0, 1, 0, 1, None], pa.int8()),
            "temp": pa.array([1, 2, 3, float("nan"), 5], pa.float64()),
            "carrier": ["AA"] * 5,
        }
    )
    parquet.write_table(table, path, row_group_size=2, **parquet_checksums.WRITTEN)
    with pytest.raises(
        SpanDataError, match=r"^2013-01-31\.parquet: row group 1, row 1, column 'temp': 'nan' is"
    ):
        find_or_ingest(ref_of(path), spec(tmp_path, data_format="parquet"))


def test_a_span_that_fails_leaves_no_entry(tmp_path: Path):
    one = ref_of(write(tmp_path, HEADER + ROWS + b"2013-01-31,x,1,AA\n"))
    with pytest.raises(SpanDataError, match=r"line 5, column 'late'"):
        find_or_ingest(one, spec(tmp_path))
    assert not find_entry(one, spec(tmp_path))


def test_a_span_that_changed_after_the_launch_is_refused(tmp_path: Path):
    launched = ref_of(write(tmp_path))
    write(tmp_path, HEADER + b"2013-01-31,1,9,AA\n")
    with pytest.raises(
        SpanDataError, match=r"^2013-01-31\.csv: the content changed after the run was launched"
    ):
        find_or_ingest(launched, spec(tmp_path))


def test_a_span_that_is_written_to_while_it_is_read_is_refused_and_leaves_no_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = write(tmp_path)
    launched = ref_of(path)

    class Overwritten(ingest.Source):
        decimals, extra = 0, ()

        def __init__(self, source):
            self.place, self._source = source.place, source

        def batches(self):
            for batch in self._source.batches():
                yield batch
                path.write_bytes(HEADER + ROWS + ROWS)

    whole = ingest.open_source
    monkeypatch.setattr(ingest, "open_source", lambda *arguments: Overwritten(whole(*arguments)))
    with pytest.raises(
        SpanDataError, match=r"^2013-01-31\.csv: the content changed after the run was launched"
    ):
        find_or_ingest(launched, spec(tmp_path))
    assert not find_entry(launched, spec(tmp_path))


def test_a_span_that_vanished_after_the_launch_is_refused_by_its_path(tmp_path: Path):
    path = tmp_path / "2013-01-31.csv"
    with pytest.raises(SpanDataError) as caught:
        find_or_ingest(SpanRef(0, str(path), "0" * 64), spec(tmp_path))
    assert str(caught.value) == (
        f"{path}: No such file or directory; the span was there when the run was launched"
    )


def test_beams_workers_ingest_what_this_process_would(tmp_path: Path):
    import apache_beam as beam

    one = ref_of(write(tmp_path))
    with beam.Pipeline() as pipeline:
        _ = pipeline | beam.Create([one]) | ingest.IngestSpans(spec(tmp_path))
    assert find_entry(one, spec(tmp_path))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    here = find_or_ingest(one, spec(tmp_path, store=str(elsewhere)))
    assert rows_of(find_or_ingest(one, spec(tmp_path))) == rows_of(here)


def with_a_gate(folder: Path, data_format: str) -> Path:
    """Writes ROWS with a column that nothing takes."""
    columns = {
        "gate": ["B", "", "C"],
        "day": ["2013-01-31"] * 3,
        "late": [1, None, 0],
        "temp": [2.5, 3.5, None],
    }
    table = pa.table({**columns, "carrier": ["AA", "UA", None]})
    path = folder / f"2013-01-31.{data_format}"
    if data_format == "parquet":
        parquet.write_table(table, path)
    elif data_format == "csv":
        rows = [
            ",".join("" if each is None else str(each) for each in row.values()) for row in table.to_pylist()
        ]
        path.write_text("\n".join([",".join(table.column_names), *rows]) + "\n")
    else:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for row in table.to_pylist():
                example = tf.train.Example()
                for name, value in row.items():
                    feature = example.features.feature[name]
                    if name == "late" and value is not None:
                        feature.int64_list.value.append(value)
                    elif name == "temp" and value is not None:
                        feature.float_list.value.append(value)
                    elif value:
                        feature.bytes_list.value.append(value.encode())
                writer.write(example.SerializeToString())
    return path


@pytest.mark.parametrize("data_format", ["csv", "parquet", "tfrecord"])
def test_a_column_that_nothing_takes_is_left_out_and_remembered_unless_columns_are_strict(
    tmp_path: Path, data_format: str
):
    span = ref_of(with_a_gate(tmp_path, data_format))
    entry = find_or_ingest(span, spec(tmp_path, data_format=data_format))
    assert entry.extra_columns == ("gate",)
    assert [sorted(row) for row in rows_of(entry)] == [["carrier", "day", "late", "temp"], ["day", "late"]]
    assert find_entry(span, spec(tmp_path, data_format=data_format)).extra_columns == ("gate",)
    strict = spec(tmp_path, data_format=data_format, strict_columns=True)
    assert find_entry(span, strict) is None
    with pytest.raises(
        SpanDataError, match=rf"^2013-01-31\.{data_format}: unexpected column 'gate'; remove it"
    ):
        find_or_ingest(span, strict)


def test_where_columns_are_strict_the_right_ones_pass(tmp_path: Path):
    assert find_or_ingest(ref_of(write(tmp_path)), spec(tmp_path, strict_columns=True)).extra_columns == ()


def test_an_entry_of_an_earlier_version_is_read_as_one_without_other_columns(tmp_path: Path):
    span = ref_of(write(tmp_path))
    listed = Path(find_or_ingest(span, spec(tmp_path)).folder, "entry.json")
    values = json.loads(listed.read_text())
    assert values.pop("extra_columns") == []
    listed.write_text(json.dumps(values))
    assert find_entry(span, spec(tmp_path)).extra_columns == ()
