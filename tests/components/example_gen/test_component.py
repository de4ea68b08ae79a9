"""ExampleGen pays for what is new, counts every row of every format, and splits rows as it was asked to."""

import dataclasses
import datetime as dt
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import csv, parquet

from components.example_gen.errors import SpanDataError
from components.spans import span_ref
from components.spans.entry import ENTRY_FILE
from components.spans.examples import records, spans
from pipeline.spans.day_choice import WindowRequest
from pipeline.spans.folder import available_days
from pipeline.spans.window import Readiness, resolve_window
from tests.components.example_gen import parquet_checksums
from tests.components.example_gen.ingest_folder import HEADER, ingest, spans_of
from tests.components.ingestion import by_hash

DAYS = 4
ROWS = 30


def line(day: int, row: int) -> str:
    """Returns a line; every fifth row has no label, and no two rows are equal."""
    label = "" if row % 5 == 0 else row % 2
    return f"2013-01-0{day},{label},{row}.5,c{day}{row}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Writes four days of 30 rows as CSV; the last one is for evaluation."""
    (tmp_path / "data").mkdir()
    for day in range(1, DAYS + 1):
        content = HEADER + "".join(line(day, row) for row in range(ROWS))
        (tmp_path / "data" / f"2013-01-0{day}.csv").write_text(content)
    return tmp_path


def properties(examples) -> dict[str, object]:
    names = ("rows_read", "rows_kept", "rows_refused", "rows_train", "rows_eval")
    counts = {name: examples.get_int_custom_property(name) for name in names}
    return {**counts, "refused": json.loads(examples.get_string_custom_property("refused_by_reason"))}


def carriers(examples, split: str) -> list[str]:
    return [
        tf.train.Example.FromString(record).features.feature["carrier"].bytes_list.value[0].decode()
        for record in records(examples, split)
    ]


def kept_files(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """Returns content and time of change of every file of the store; using an entry touches it."""
    return {
        path: (path.read_bytes(), 0 if path.name == ENTRY_FILE else path.stat().st_mtime_ns)
        for path in sorted((folder / "store").rglob("*"))
        if path.is_file()
    }


class TestACorrectedSpan:
    def correct(self, folder: Path) -> None:
        """Changes one value of the second day."""
        path = folder / "data" / "2013-01-02.csv"
        path.write_text(path.read_text().replace("c21\n", "CORRECTED\n"))

    def test_it_alone_is_ingested_again_and_the_others_are_left_as_they_are(self, folder: Path):
        ingest(folder, "first")
        before = kept_files(folder)
        self.correct(folder)

        examples = ingest(folder, "second")

        assert examples.get_int_custom_property("spans_ingested") == 1
        assert examples.get_int_custom_property("spans_reused") == DAYS - 1
        after = kept_files(folder)
        assert {path: after[path] for path in before} == before
        assert len({path.parent for path in after} - {path.parent for path in before}) == 1
        assert "CORRECTED" in carriers(examples, "train")
        assert "c21" not in carriers(examples, "train")

    def test_its_statistics_alone_are_made_again(self, folder: Path):
        self.statistics(ingest(folder, "first"), folder / "first-statistics")
        before = kept_files(folder)
        self.correct(folder)
        examples = ingest(folder, "second")

        self.statistics(examples, folder / "second-statistics")

        after = kept_files(folder)
        assert {path: after[path] for path in before} == before
        (of_new,) = {path.parent for path in after} - {path.parent for path in before}
        assert any(path.name.startswith("statistics") for path in of_new.iterdir())

    def test_its_old_content_is_still_there_when_it_comes_back(self, folder: Path):
        path = folder / "data" / "2013-01-02.csv"
        original = path.read_bytes()
        ingest(folder, "first")
        self.correct(folder)
        ingest(folder, "second")
        path.write_bytes(original)
        assert ingest(folder, "third").get_int_custom_property("spans_ingested") == 0

    def statistics(self, examples, into: Path) -> None:
        from tfx.types import standard_artifacts

        from components.statistics_gen.component import StatisticsGen

        statistics = standard_artifacts.ExampleStatistics()
        statistics.uri = str(into)
        StatisticsGen.test_call(examples=examples, statistics=statistics, code_fingerprint="code")


def as_gzip(path: Path) -> None:
    path.with_suffix(".csv.gz").write_bytes(gzip.compress(path.read_bytes()))


def as_parquet(path: Path) -> None:
    parquet.write_table(
        table(path), path.with_suffix(".parquet"), row_group_size=7, **parquet_checksums.WRITTEN
    )


def as_tfrecord(path: Path, suffix: str = ".tfrecord", compression: str = "") -> None:
    kinds = {"late": "int64_list", "temp": "float_list"}
    options = tf.io.TFRecordOptions(compression_type=compression)
    with tf.io.TFRecordWriter(str(path.with_suffix(suffix)), options) as writer:
        for row in table(path).to_pylist():
            example = tf.train.Example()
            for name, value in row.items():
                if value is not None:
                    feature = getattr(example.features.feature[name], kinds.get(name, "bytes_list"))
                    feature.value.append(value.encode() if isinstance(value, str) else value)
            writer.write(example.SerializeToString())


def table(path: Path) -> pa.Table:
    types = {"day": pa.string(), "late": pa.int64(), "temp": pa.float32(), "carrier": pa.string()}
    return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=types))


WRITERS = {
    "csv": ("csv", None),
    "csv.gz": ("csv", as_gzip),
    "parquet": ("parquet", as_parquet),
    "tfrecord": ("tfrecord", as_tfrecord),
    "tfrecord.gz": ("tfrecord", lambda path: as_tfrecord(path, ".tfrecord.gz", "GZIP")),
}


def written_as(folder: Path, name: str) -> str:
    """Writes the days in another format in place of the CSV files; returns data.format."""
    data_format, write = WRITERS[name]
    for path in sorted((folder / "data").glob("*.csv")):
        if write:
            write(path)
            path.unlink()
    return data_format


class TestCounts:
    @pytest.mark.parametrize("name", WRITERS)
    @pytest.mark.parametrize("fraction", [0.0, 0.4], ids=["by time", "by hash"])
    def test_every_row_that_was_read_is_kept_or_counted_with_its_reason(
        self, folder: Path, name: str, fraction: float
    ):
        data_format = written_as(folder, name)
        examples = ingest(
            folder, "examples", data_format=data_format, split=by_hash(fraction, "carrier", "day", "temp")
        )
        counts = properties(examples)
        assert counts["rows_read"] == DAYS * ROWS
        assert counts["refused"] == {"no label": DAYS * ROWS // 5}
        assert counts["rows_refused"] == sum(counts["refused"].values())
        assert counts["rows_read"] == counts["rows_kept"] + counts["rows_refused"]
        assert counts["rows_kept"] == counts["rows_train"] + counts["rows_eval"]
        by_split = {split: carriers(examples, split) for split in ("train", "eval")}
        assert [len(by_split["train"]), len(by_split["eval"])] == [counts["rows_train"], counts["rows_eval"]]
        expected = [f"c{day}{row}" for day in range(1, DAYS + 1) for row in range(ROWS) if row % 5]
        assert sorted(by_split["train"] + by_split["eval"]) == sorted(expected)

    def test_reused_spans_are_counted_as_new_ones_are(self, folder: Path):
        assert properties(ingest(folder, "first")) == properties(ingest(folder, "second"))

    def test_a_split_of_which_no_row_has_a_label_is_refused(self, folder: Path):
        last = folder / "data" / f"2013-01-0{DAYS}.csv"
        last.write_text(HEADER + "2013-01-04,,1.5,AA\n")
        with pytest.raises(
            SpanDataError,
            match=r"^no row of the 1 spans of the split 'eval' has a 'late'; where labels come later",
        ):
            ingest(folder, "examples")

    def test_a_day_of_which_no_row_has_a_label_is_counted_and_the_others_are_used(self, folder: Path):
        (folder / "data" / "2013-01-02.csv").write_text(HEADER + "2013-01-02,,1.5,AA\n")
        counts = properties(ingest(folder, "examples"))
        assert (counts["rows_read"], counts["rows_refused"]) == (3 * ROWS + 1, 3 * ROWS // 5 + 1)

    @pytest.mark.parametrize("fraction", [0.0, 0.4], ids=["by time", "by hash"])
    def test_days_of_which_no_row_has_a_label_are_recorded(self, folder: Path, fraction: float):
        """Also a day for evaluation, where another one has labels, and when they come from the store."""
        for number in (2, 6):
            content = f"2013-01-0{number},,1.5,AA\n" * 3
            (folder / "data" / f"2013-01-0{number}.csv").write_text(HEADER + content)
        (folder / "data" / "2013-01-05.csv").write_text(HEADER + "2013-01-05,1,1.5,AA\n")
        refs = [
            dataclasses.replace(ref, number=(dt.date(2013, 1, 1) - dt.date(1970, 1, 1)).days + ref.number)
            for ref in spans_of(folder / "data")
        ]
        for name in ("first", "second"):
            examples = ingest(
                folder,
                name,
                split=by_hash(fraction, "carrier", "day", "temp"),
                train_spans=span_ref.to_json(refs[:4]),
                eval_spans=span_ref.to_json(refs[4:]),
            )
            recorded = json.loads(examples.get_string_custom_property("unlabelled_days"))
            assert recorded == ["2013-01-02", "2013-01-06"]

    def test_where_every_day_has_labels_an_empty_list_is_recorded(self, folder: Path):
        assert ingest(folder, "examples").get_string_custom_property("unlabelled_days") == "[]"

    def test_columns_that_are_not_read_are_recorded_with_their_days(self, folder: Path):
        """Also when they come from the store."""
        path = folder / "data" / "2013-01-02.csv"
        first, *others = path.read_text().splitlines()
        path.write_text("\n".join([f"{first},gate", *(f"{row},B" for row in others)]) + "\n")
        for name in ("first", "second"):
            recorded = json.loads(ingest(folder, name).get_string_custom_property("extra_columns"))
            assert recorded == {"gate": ["1970-01-02"]}


class TestLabelsThatComeLate:
    """Whoever is late is known when a flight has landed; that nobody else will be, only days later."""

    @pytest.mark.parametrize(("delay", "share_of_eval"), [(0, 1.0), (3, 0.5)])
    def test_a_delay_keeps_days_out_on_which_only_positives_have_a_label(
        self, tmp_path: Path, delay: int, share_of_eval: float
    ):
        (tmp_path / "data").mkdir()
        for number in range(1, 11):
            negative = "" if number > 7 else 0
            date = dt.date(2013, 1, number)
            rows = f"{date},1,1.5,AA\n{date},{negative},1.5,UA\n" * 5
            (tmp_path / "data" / f"{date}.csv").write_text(HEADER + rows)
        request = WindowRequest(until=None, days=6, eval_days=2, label_delay_days=delay)
        window = resolve_window(available_days(tmp_path / "data", "csv", Readiness()), request)
        examples = ingest(
            tmp_path,
            "examples",
            train_spans=span_ref.to_json(span.ref for span in window.train_spans),
            eval_spans=span_ref.to_json(span.ref for span in window.eval_spans),
        )
        labels = [
            tf.train.Example.FromString(record).features.feature["late"].int64_list.value[0]
            for record in records(examples, "eval")
        ]
        assert sum(labels) / len(labels) == share_of_eval


class TestRandomSplit:
    def write(self, folder: Path, names: Iterator[str]) -> None:
        """Writes rows, all labelled, to two days in turn."""
        for path in (folder / "data").iterdir():
            path.unlink()
        lines = [f"2013-01-01,{number % 2},1.5,{name}\n" for number, name in enumerate(names)]
        (folder / "data" / "2013-01-01.csv").write_text(HEADER + "".join(lines[::2]))
        (folder / "data" / "2013-01-02.csv").write_text(HEADER + "".join(lines[1::2]))

    def split(self, folder: Path, name: str, fraction: float = 0.25) -> dict[str, set[str]]:
        examples = ingest(
            folder,
            name,
            train_spans=span_ref.to_json(spans_of(folder / "data")),
            eval_spans="[]",
            split=by_hash(fraction, "carrier", "day", "temp"),
        )
        return {split: set(carriers(examples, split)) for split in ("train", "eval")}

    def test_a_row_keeps_its_split_when_other_rows_come_and_go(self, folder: Path):
        self.write(folder, map(str, range(0, 4000)))
        before = self.split(folder, "before")
        self.write(folder, map(str, range(2000, 6000)))
        after = self.split(folder, "after")
        stayed = set(map(str, range(2000, 4000)))
        assert before["eval"] & stayed == after["eval"] & stayed
        assert before["train"] & stayed == after["train"] & stayed

    @pytest.mark.parametrize("fraction", [0.1, 0.5])
    def test_the_share_is_the_one_that_was_asked_for(self, folder: Path, fraction: float):
        """Within four standard deviations of a binomial of 4,000 rows."""
        self.write(folder, map(str, range(4000)))
        by_split = self.split(folder, "examples", fraction)
        assert not by_split["train"] & by_split["eval"]
        assert len(by_split["train"]) + len(by_split["eval"]) == 4000
        tolerance = 4 * (fraction * (1 - fraction) / 4000) ** 0.5
        assert len(by_split["eval"]) / 4000 == pytest.approx(fraction, abs=tolerance)

    def test_another_share_moves_rows_one_way_only(self, folder: Path):
        self.write(folder, map(str, range(1000)))
        assert self.split(folder, "small", 0.1)["eval"] < self.split(folder, "large", 0.3)["eval"]


@pytest.mark.parametrize("file", ["records-*", "columns-*"])
def test_an_entry_with_flipped_bits_is_made_anew_and_counted_as_that(folder: Path, file: str):
    whole = ingest(folder, "first")
    damaged = next((folder / "store").rglob(file))
    content = damaged.read_bytes()
    damaged.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

    examples = ingest(folder, "second")

    assert examples.get_int_custom_property("spans_ingested") == 1
    assert examples.get_int_custom_property("spans_reused") == DAYS - 1
    for split in ("train", "eval"):
        assert carriers(examples, split) == carriers(whole, split)
    assert ingest(folder, "third").get_int_custom_property("spans_reused") == DAYS


def test_the_days_of_the_window_are_recorded(folder: Path):
    examples = ingest(folder, "examples")
    assert examples.get_int_custom_property("first_span") == 0
    assert examples.get_int_custom_property("last_span") == examples.span == DAYS - 1


def test_two_days_of_equal_content_are_two_spans_of_one_entry(folder: Path):
    first, second, *_ = sorted((folder / "data").iterdir())
    second.write_bytes(first.read_bytes())
    train = spans(ingest(folder, "examples"))["train"]
    assert [part.span for part in train] == list(range(len(train)))
    assert train[0].folder == train[1].folder
