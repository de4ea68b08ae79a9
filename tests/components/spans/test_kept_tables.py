"""A kept summary comes back as it was, or not at all; bytes of anybody else are refused, and run nothing."""

import pickle
from pathlib import Path

import pyarrow as pa
import pytest

from components.spans.kept_tables import UnreadableSummaryError, pack, unpack, versioned

COUNTS = versioned({"name": pa.string(), "count": pa.int64()}, "counts", 1)
TIMES = versioned({"at": pa.float64()}, "times", 1, nullable=("at",))
CONTENT = pack([(COUNTS, {"name": ["a", "b"], "count": [1, 2]}), (TIMES, {"at": [None]})])


class Touch:
    """Writes a file when it is unpickled."""

    def __init__(self, mark: Path):
        self._mark = mark

    def __reduce__(self):
        return Path.touch, (self._mark,)


def test_tables_come_back_in_their_order():
    counts, times = unpack(CONTENT, [COUNTS, TIMES])
    assert counts.to_pydict() == {"name": ["a", "b"], "count": [1, 2]}
    assert times.to_pydict() == {"at": [None]}


def test_an_empty_table_comes_back():
    (counts,) = unpack(pack([(COUNTS, {"name": [], "count": []})]), [COUNTS])
    assert counts.num_rows == 0


def without_a_count() -> bytes:
    sink, schema = pa.BufferOutputStream(), pa.schema([f.with_nullable(True) for f in COUNTS])
    batch = pa.RecordBatch.from_arrays([pa.array(["a"]), pa.array([None], pa.int64())], schema=schema)
    with pa.ipc.new_stream(sink, COUNTS) as stream:
        stream.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=COUNTS))
    return sink.getvalue().to_pybytes()


def in_parts(parts: int) -> bytes:
    sink = pa.BufferOutputStream()
    batch = pa.RecordBatch.from_arrays([pa.array(["a"]), pa.array([1])], schema=COUNTS)
    with pa.ipc.new_stream(sink, COUNTS) as stream:
        for _ in range(parts):
            stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


OTHER = versioned({"name": pa.string(), "count": pa.int64()}, "counts", 2)
RENAMED = versioned({"name": pa.string(), "rows": pa.int64()}, "counts", 1)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no Arrow stream"),
        (b"\x80\x04}.", "no Arrow stream"),
        (CONTENT[:-9], "no Arrow stream|one"),
        (pack([(OTHER, {"name": ["a"], "count": [1]})]), "another version"),
        (pack([(RENAMED, {"name": ["a"], "rows": [1]})]), "'rows'"),
        (CONTENT, "follow the last table"),
        (without_a_count(), "count lacks 1 values"),
        (in_parts(0), "0 parts"),
        (in_parts(2), "2 parts"),
    ],
)
def test_what_is_no_such_table_is_refused(content: bytes, why: str):
    schemas = [COUNTS, TIMES] if content == CONTENT[:-9] else [COUNTS]
    with pytest.raises(UnreadableSummaryError, match=why):
        unpack(content, schemas)


def test_a_pickle_in_its_place_runs_nothing(tmp_path: Path):
    mark = tmp_path / "mark"
    content = pickle.dumps(Touch(mark))
    with pytest.raises(UnreadableSummaryError):
        unpack(content, [COUNTS])
    assert not mark.exists()
    pickle.loads(content)
    assert mark.exists(), "the pickle would not have run either way"
