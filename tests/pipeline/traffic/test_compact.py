"""Closed files of the request log become days of Parquet: each request once, whatever is killed meanwhile."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv as pa_csv

from monitoring import logged_requests
from pipeline.errors import BusyError, DataError
from pipeline.traffic import compact as module
from pipeline.traffic.compact import DAYS, LINES, compact
from pipeline.traffic.span import write_span
from serving.traffic.log_files import closed
from serving.traffic.log_lines import line
from tests.serving.traffic.records import MIDNIGHT, record
from trainer.column import Column, ColumnTable

TABLE = ColumnTable(
    (
        Column("day", "string", "date", role="date"),
        Column("late", "int64", "category", role="label", values=(0, 1)),
        Column("hour", "int64", "clock"),
        Column("temp", "float32", "number", required=False),
        Column("carrier", "string", "category"),
    )
)
FIRST, SECOND = dt.date(2026, 2, 28), dt.date(2026, 3, 1)


def write(folder: Path, name: str, *records: Any, more: bytes = b"", suffix: str = ".jsonl") -> Path:
    path = folder / LINES / f"{name}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(map(line, records)) + more)
    return path


def rows(folder: Path, *columns: str, failed: bool = True) -> list[tuple[Any, ...]]:
    known = logged_requests.days(folder / DAYS)
    table = logged_requests.read(folder / DAYS, known, columns, failed=failed)
    return [*zip(*(table[name].to_pylist() for name in columns), strict=True)]


def run(folder: Path, keep_days: int = 30, today: dt.date = SECOND) -> module.Compacted:
    return compact(folder, TABLE.request, keep_days, today)


def test_rows_have_the_model_s_types_and_fall_into_the_days_of_their_requests(tmp_path: Path):
    """What stands for a missing value is null; a text that looks like one of a number stays."""
    named_nan = record(rows=1, inputs={"carrier": np.array([b"NaN"], object)}, outputs={})
    write(tmp_path, "a", record(at_s=MIDNIGHT - 0.001), record(), named_nan)
    assert run(tmp_path) == module.Compacted(files=1, rows=5, unread=0, adopted=0, removed=())
    assert [*(tmp_path / LINES).iterdir()] == []
    assert logged_requests.days(tmp_path / DAYS) == [FIRST, SECOND]
    temp = float(np.float32(0.1))
    assert rows(tmp_path, "hour", "temp", "carrier", "answer.probability") == [
        (7, temp, "UA", 0.25), (None, None, None, np.inf),
        (7, temp, "UA", 0.25), (None, None, None, np.inf),
        (None, None, "NaN", None),
    ]  # fmt: skip
    types = logged_requests.read(tmp_path / DAYS, [SECOND]).schema
    assert [types.field(name).type for name in ("hour", "temp", "carrier", "day")] == [
        pa.int64(), pa.float32(), pa.string(), pa.string(),
    ]  # fmt: skip
    assert rows(tmp_path, "request.version", "request.rows")[0] == (3, 2)


def test_files_of_models_with_other_columns_and_answers_are_read_together(tmp_path: Path):
    """An input with another type is null, as is one with another number of values than rows."""
    other = record(
        inputs={"hour": np.array([b"x", b"12"], object), "temp": np.array([1.0], np.float32)},
        outputs={"probabilities": np.array([[0.5, 0.5], [1, 0]]), "name": np.array([b"\xff", b"b"], object)},
        key="\udcff",
    )
    write(tmp_path, "a", record())
    write(tmp_path, "b", other)
    run(tmp_path)
    assert rows(tmp_path, "hour", "temp", "answer.probabilities", "answer.name", "request.key")[2:] == [
        (None, None, [0.5, 0.5], "\\xff", "\\udcff"),
        (None, None, [1.0, 0.0], "b", "\\udcff"),
    ]


def test_outputs_of_several_texts_or_numbers_are_lists(tmp_path: Path):
    """As the classes of a multiclass model; a line that no server writes costs itself and nothing else."""
    classes = np.array([[b"early", b"late"], [b"\xff", b"late"]], object)
    odd = [
        line(record()).replace(b'[[0.25], ["Infinity"]]', bad)
        for bad in (b"[{}]", b"[[[[{}]]]]", b"[" * 40 + b"]" * 40, b'[1], "\\ud800": [1]')
    ]
    odd.append(line(record()).replace(b'"rows": 2', b'"rows": 1000000000'))
    cube = np.arange(8.0).reshape(2, 2, 2)
    huge = line(record()).replace(b"0.25", b"1" + b"0" * 400)
    write(tmp_path, "a", more=b"".join([*odd, huge]))
    write(tmp_path, "b", record(outputs={"classes": classes, "cube": cube}))
    write(
        tmp_path, "c", record(outputs={"classes": np.array([0.5, 1])}), record(outputs={"classes": classes})
    )
    assert run(tmp_path) == module.Compacted(files=3, rows=8, unread=5, adopted=0, removed=())
    texts = [["early", "late"], ["\\xff", "late"]]
    assert [each for (each,) in rows(tmp_path, "answer.classes")] == [
        None,
        None,
        *texts,
        [None],
        [None],
        *texts,
    ]
    write(tmp_path, "d", record(outputs={"classes": np.array([0.5, 1])}))
    run(tmp_path)
    assert [each for (each,) in rows(tmp_path, "answer.classes")] == [None] * 8 + [0.5, 1.0]
    assert [each for (each,) in rows(tmp_path, "answer.cube")][2:4] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert [each for (each,) in rows(tmp_path, "answer.probability")][:2] == [None, np.inf]


def test_a_failed_request_is_a_row_that_readers_do_not_get_unasked(tmp_path: Path):
    write(tmp_path, "a", record(), record(status=400, rows=0, inputs={}, outputs={}))
    run(tmp_path)
    assert len(rows(tmp_path, "hour")) == 3
    assert len(rows(tmp_path, "hour", failed=False)) == 2


def test_a_column_that_is_dropped_now_is_dropped_from_older_lines_too(tmp_path: Path):
    write(tmp_path, "a", record())
    compact(tmp_path, [column for column in TABLE.request if column.name != "carrier"], 30, SECOND)
    assert "carrier" not in logged_requests.read(tmp_path / DAYS, [SECOND]).column_names


def test_a_dead_server_s_file_is_taken_and_its_cut_line_is_counted(tmp_path: Path):
    """As are other lines that are none: nothing stops the rest."""
    bad = b'\xff\n[]\n{"time": 1e99, "rows": 1}\n{"time": 1, "rows": "x", "inputs": {}, "outputs": {}}\n{"ti'
    write(tmp_path, "a", record(), more=bad, suffix=".jsonl.open")
    assert run(tmp_path) == module.Compacted(files=1, rows=2, unread=5, adopted=1, removed=())


def test_killed_anywhere_and_repeated_nothing_is_lost_or_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Each call that changes the disk is the last one once, before and after it has its effect."""
    kills = 0
    for at in range(1, 100):
        folder = tmp_path / str(at)
        write(folder, "a", record(at_s=MIDNIGHT - 1, key="1"), record(key="2"))
        write(folder, "b", record(key="3"), suffix=".jsonl.open")
        killed = _killed_at(folder, at, monkeypatch)
        kills += killed
        run(folder)
        assert sorted(rows(folder, "request.key")) == [(key,) for key in "112233"]
        assert closed(folder / LINES) == []
        if not killed:
            break
    assert kills > 15


def _killed_at(folder: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Returns whether a run came to its step `at`, which ended it."""
    steps = 0

    def ending(real: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            nonlocal steps
            for half in (True, False):
                steps += 1
                if steps == at:
                    raise KeyboardInterrupt
                if half:
                    result = real(*args, **options)
            return result

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", ending(Path.rename))
        patch.setattr(Path, "unlink", ending(Path.unlink))
        patch.setattr(os, "fsync", ending(os.fsync))
        try:
            run(folder)
        except KeyboardInterrupt:
            return True
    return False


def test_days_that_are_too_old_are_removed(tmp_path: Path):
    write(tmp_path, "a", record(at_s=MIDNIGHT - 1), record())
    assert run(tmp_path, keep_days=1).removed == ()
    assert run(tmp_path, keep_days=1, today=SECOND + dt.timedelta(days=1)).removed == (FIRST,)
    assert logged_requests.days(tmp_path / DAYS) == [SECOND]


def test_two_do_not_compact_at_once(tmp_path: Path):
    write(tmp_path, "a", record())
    with module._lock(tmp_path), pytest.raises(BusyError, match="wait for it"):
        run(tmp_path)


def test_a_day_becomes_a_span_by_its_date_column(tmp_path: Path):
    """Whenever it was asked for; what was asked twice with one key stands once, and the label is empty."""
    inputs = {"day": np.array([b"2026-03-05", b"2026-03-06"], object), "hour": np.array([8, 9])}
    asked = record(at_s=MIDNIGHT - 1, inputs=inputs, key="k")
    write(tmp_path, "a", asked, asked._replace(at_s=MIDNIGHT, version=4), asked._replace(key="l"))
    run(tmp_path)
    path, count = write_span(tmp_path / DAYS, dt.date(2026, 3, 5), TABLE, tmp_path / "spans")
    assert (path.name, count) == ("2026-03-05.csv", 2)
    table = pa_csv.read_csv(path)
    assert table.column_names == ["day", "late", "hour", "temp", "carrier", "request.key"]
    assert sorted(table["request.key"].to_pylist()) == ["k", "l"]
    assert (table["hour"].to_pylist(), table["late"].null_count) == ([8, 8], 2)
    with pytest.raises(DataError, match="is there already"):
        write_span(tmp_path / DAYS, dt.date(2026, 3, 5), TABLE, tmp_path / "spans")
    with pytest.raises(
        DataError, match=r"no logged row has day 2026-03-07; they have 2026-03-05, 2026-03-06$"
    ):
        write_span(tmp_path / DAYS, dt.date(2026, 3, 7), TABLE, tmp_path / "spans")


def test_without_a_date_column_a_span_has_the_requests_of_its_day(tmp_path: Path):
    undated = ColumnTable(TABLE.columns[1:])
    write(tmp_path, "a", record(at_s=MIDNIGHT - 1), record())
    run(tmp_path)
    path, count = write_span(tmp_path / DAYS, SECOND, undated, tmp_path / "spans")
    assert count == 2
    assert pa_csv.read_csv(path).column_names == ["late", "hour", "temp", "carrier"]
    with pytest.raises(DataError, match=r"asked for on 2026-03-05; they are of 2026-02-28, 2026-03-01 \(UTC"):
        write_span(tmp_path / DAYS, dt.date(2026, 3, 5), undated, tmp_path / "spans")
    with pytest.raises(DataError, match="has no requests; run `evergreen traffic compact`"):
        write_span(tmp_path / "none", SECOND, undated, tmp_path / "others")
    with pytest.raises(DataError, match="no logged row has day 2026-03-01; they have none at all"):
        write_span(tmp_path / DAYS, SECOND, TABLE, tmp_path / "others")
