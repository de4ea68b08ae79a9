"""An entry of the span store is whole or not there, and goes when no run uses it."""

import os
import time
import zlib
from pathlib import Path

import pyarrow as pa
import pytest
import tensorflow as tf

from components.spans import store as span_store
from components.spans import writer as span_writer
from components.spans.entry import copy_records, is_intact, read_columns
from components.spans.store import SpanStore, key_of, sweep

KEY = "ab" * 32


BATCH = pa.RecordBatch.from_arrays([pa.array([[1], None, [2]], pa.large_list(pa.int64()))], ["a"])


def write(store: SpanStore, records: int = 5):
    rows = [("all", [f"record {number}".encode() for number in range(records)], BATCH)]
    return store.write(KEY, rows, {"read": records + 2, "no label": 2}, ("all",))


def columns(entry) -> str:
    return str(Path(entry.folder, entry.columns["all"].name))


def records(*paths: str) -> list[bytes]:
    return [record.numpy() for record in tf.data.TFRecordDataset(list(paths), compression_type="GZIP")]


def test_what_was_written_is_found(tmp_path: Path):
    store = SpanStore(str(tmp_path))
    assert store.find(KEY) is None
    written = write(store)
    assert store.find(KEY) == written
    assert (written.rows("all"), written.rows_read, written.refused) == (5, 7, {"no label": 2})
    assert records(*written.paths("all")) == [f"record {number}".encode() for number in range(5)]


def test_a_part_without_rows_has_no_file(tmp_path: Path):
    entry = SpanStore(str(tmp_path)).write(KEY, [], {"read": 0}, ("all",))
    assert (entry.paths("all"), entry.rows("all")) == ([], 0)
    assert list(read_columns(columns(entry))) == []


def test_the_columns_of_a_part_come_back_batch_by_batch(tmp_path: Path):
    store = SpanStore(str(tmp_path))
    entry = store.write(KEY, [("all", [], BATCH), ("all", [], BATCH.slice(1))], {"read": 5}, ("all",))
    assert list(read_columns(columns(entry))) == [BATCH, BATCH.slice(1)]


@pytest.mark.parametrize("text", [None, "", "{", "{}", '{"parts": 5}', "[" * 5000 + "]" * 5000])
def test_an_entry_that_was_not_finished_is_not_there(tmp_path: Path, text: str | None):
    store = SpanStore(str(tmp_path))
    entry = Path(write(store).folder, "entry.json")
    entry.unlink() if text is None else entry.write_text(text)
    assert store.find(KEY) is None


def test_an_entry_without_its_records_is_not_there(tmp_path: Path):
    store = SpanStore(str(tmp_path))
    (path,) = write(store).paths("all")
    Path(path).unlink()
    assert store.find(KEY) is None


def test_bytes_that_changed_are_seen(tmp_path: Path):
    entry = write(SpanStore(str(tmp_path)))
    assert is_intact(entry)
    (path,) = map(Path, entry.paths("all"))
    path.write_bytes(path.read_bytes()[:-1] + b"\x00\x00"[:1])
    content = path.read_bytes()
    path.write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
    assert not is_intact(entry)


def test_two_writers_of_an_entry_do_not_meet(tmp_path: Path):
    store = SpanStore(str(tmp_path))
    first, second = write(store), write(store)
    assert not set(first.paths("all")) & set(second.paths("all"))
    assert is_intact(first)
    assert store.find(KEY) == second


def test_a_writer_that_comes_second_never_leaves_the_entry_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Its list of files takes the place of the first one's in one step."""
    store = SpanStore(str(tmp_path))
    first = write(store)
    rename = tf.io.gfile.rename
    seen = []
    monkeypatch.setattr(
        tf.io.gfile, "rename", lambda *a, **k: (seen.append(store.find(KEY)), rename(*a, **k))
    )
    second = write(store)
    assert (seen, store.find(KEY)) == ([first], second)


@pytest.mark.parametrize("end", [ValueError("a bad cell"), KeyboardInterrupt("a bad cell")], ids=repr)
def test_rows_that_end_in_an_error_or_an_interruption_leave_nothing_behind(
    tmp_path: Path, end: BaseException
):
    def rows():
        yield "all", [b"record"], BATCH
        raise end

    store = SpanStore(str(tmp_path))
    with pytest.raises(type(end), match="a bad cell"):
        store.write(KEY, rows(), {"read": 1}, ("all",))
    assert list(Path(store.folder_of(KEY)).iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named_with_the_way_out(tmp_path: Path):
    (tmp_path / "ab").write_text("a file in the way")
    store = SpanStore(str(tmp_path))
    with pytest.raises(span_writer.StoreError) as caught:
        write(store)
    assert str(caught.value).startswith(f"{store.folder_of(KEY)}: ")
    assert str(caught.value).endswith("; make room and run again: finished spans are kept")


def test_records_are_split_into_files_within_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(span_writer, "PART_BYTES", 20)
    entry = write(SpanStore(str(tmp_path)))  # 8 bytes a record
    assert [file.rows for file in entry.parts["all"]] == [2, 2, 1]
    assert len(records(*entry.paths("all"))) == 5


def test_joined_files_hold_the_records_of_all_for_tensorflow_and_for_beam(tmp_path: Path):
    import apache_beam as beam
    from apache_beam.testing.util import assert_that, equal_to

    store = SpanStore(str(tmp_path))
    parts = [*write(store).paths("all"), *write(store).paths("all")]
    joined = str(tmp_path / "joined.gz")
    copy_records(parts, joined)
    assert records(joined) == records(*parts)
    with beam.Pipeline() as pipeline:
        read = pipeline | beam.io.ReadFromTFRecord(joined)
        assert_that(read, equal_to(records(*parts)))


def test_the_key_is_decided_by_every_name_and_value():
    keys = {key_of(a="1"), key_of(a="2"), key_of(b="1"), key_of(a="1", b="1")}
    assert len(keys) == 4
    assert key_of(a="1", b="2") == key_of(b="2", a="1")


def test_the_sweep_takes_what_is_unfinished_or_unused_and_nothing_else(tmp_path: Path):
    store = SpanStore(str(tmp_path))
    entries = {name: store.write(name * 64, [], {"read": 0}, ("all",)) for name in "abc"}
    Path(entries["a"].folder, "entry.json").unlink()
    long_ago = time.time() - 31 * 24 * 3600
    for name in "bc":
        os.utime(Path(entries[name].folder, "entry.json"), (long_ago, long_ago))
    assert store.find("c" * 64)  # used now
    assert sweep(str(tmp_path), unused_days=30) == [entries["a"].folder, entries["b"].folder]
    assert [path.name for path in tmp_path.glob("??/*")] == ["c" * 64]


def test_the_sweep_of_no_store_takes_nothing(tmp_path: Path):
    assert sweep(str(tmp_path / "none"), unused_days=1) == []


def test_a_cached_result_comes_back_unless_it_is_damaged(tmp_path: Path):
    folder = write(SpanStore(str(tmp_path))).folder
    assert span_store.cache_get(folder, "statistics") is None
    assert not span_store.cache_has(folder, "statistics")
    span_store.cache_put(folder, "statistics", b"content" * 100)
    assert span_store.cache_has(folder, "statistics")
    assert span_store.cache_get(folder, "statistics") == b"content" * 100
    span_store.cache_put(folder, "statistics", b"newer")
    assert span_store.cache_get(folder, "statistics") == b"newer"
    path = Path(folder, "statistics")
    path.write_bytes(path.read_bytes()[:-1])
    assert span_store.cache_get(folder, "statistics") is None
    for content in (b"", bytes(4), _with_checksum((1 << 62).to_bytes(8, "big") + b"no lz4")):
        path.write_bytes(content)
        assert span_store.cache_get(folder, "statistics") is None


def _with_checksum(packed: bytes) -> bytes:
    return zlib.crc32(packed).to_bytes(4, "big") + packed
