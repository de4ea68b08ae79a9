"""A sample of the requests is kept, none of them waits for it, and what may not be kept never is."""

import json
import os
import re
import resource
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.traffic import request_log
from serving.traffic.log_files import LogFile, adopt, closed
from serving.traffic.log_lines import line
from serving.traffic.metrics import Metrics
from serving.traffic.request_log import RequestLog, RequestLogSettings
from serving.traffic.split import gets_candidate
from tests.serving.traffic.records import record
from tests.serving.traffic.rolling import HALF, RollingServer, failing, plan_of

COLUMNS = frozenset({"hour", "temp", "carrier"})


def settings(folder: Path, **changes: Any) -> RequestLogSettings:
    usual = {
        "folder": folder, "sample": 1.0, "columns": COLUMNS, "dropped": frozenset(),
        "rotate_bytes": 1 << 20, "rotate_s": 3600.0, "most_bytes": 1 << 20,
    }  # fmt: skip
    return RequestLogSettings(**{**usual, **changes})


def kept(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line, parse_constant=pytest.fail)
        for path in closed(folder)
        for line in path.read_bytes().splitlines()
    ]


def logged(folder: Path, *records: Any, **changes: Any) -> list[dict[str, Any]]:
    log = RequestLog(settings(folder, **changes))
    log.start()
    for each in records:
        log.answered(each)
    log.close()
    assert log.counts == (len(kept(folder)), 0, 0)
    return kept(folder)


def test_a_request_is_a_line_of_json_with_all_that_is_known_of_it(tmp_path: Path):
    """Also what JSON has no number for, and bytes that are no text."""
    odd = record(
        key="\udcff\n", status=400, code="INVALID_ARGUMENT", error="no", rows=0, inputs={},
        outputs={"name": np.array([b"\xff"], object), "of": np.array([[-np.inf, 1.0]])},
    )  # fmt: skip
    first, second = logged(tmp_path, record(), odd)
    assert first == {
        "time": 1772323200.0, "version": 3, "variant": "champion", "signature": "serving_default",
        "status": 200, "code": "OK", "seconds": 0.0005, "rows": 2, "key": "", "error": "",
        "inputs": {"hour": [7, -(2**63)], "temp": [float(np.float32(0.1)), "NaN"], "carrier": ["UA", ""]},
        "outputs": {"probability": [[0.25], ["Infinity"]]},
    }  # fmt: skip
    assert (second["key"], second["error"], second["inputs"]) == ("\udcff\n", "no", {})
    assert second["outputs"] == {"name": ["\\xff"], "of": [["-Infinity", 1.0]]}


def test_dropped_columns_are_not_even_queued(tmp_path: Path):
    """Nor is what may quote them, or hold them within: an error's text, a serialized tf.Example."""
    log = RequestLog(settings(tmp_path, dropped=frozenset({"carrier", "request.key"})))
    secret = b"Ada"
    log.answered(
        record(
            key="Ada",
            error="input 'carrier': 'Ada' is refused",
            inputs={"carrier": np.array([secret], object), "examples": np.array([secret], object),
                    "hour": np.array([7])},
        )
    )  # fmt: skip
    (queued,) = log._queue
    assert "Ada" not in repr(queued)
    assert [*queued.inputs] == ["hour"]
    log.start()
    log.close()
    (path,) = closed(tmp_path)
    assert b"Ada" not in path.read_bytes()


def test_a_key_is_not_kept_where_its_column_is_not(tmp_path: Path):
    """The server says of a canary's key that it is from the column, also where it could not answer."""
    server = RollingServer(tmp_path / "models")
    server.roll(plan_of("r", column="client"), HALF)
    theirs = next(key for key in map(str, range(99)) if gets_candidate("r", key, 0.5))
    server.candidate.fault = failing
    server.ask(client=theirs.encode())
    server.ask(key="header")
    server.stop()
    records = server.noted.records
    assert {each.variant for each in records} >= {"canary", "champion"}
    columns = frozenset({"x", "client"})
    kept_keys = [line["key"] for line in logged(tmp_path / "kept", *records, columns=columns)]
    assert {theirs, "header"} == {*kept_keys}
    for number, changes in enumerate(({"dropped": frozenset({"client"})}, {"columns": frozenset({"x"})})):
        lines = logged(tmp_path / str(number), *records, **{"columns": columns, **changes})
        assert {line["key"] for line in lines} == {"", "header"}


def test_a_sample_is_of_keys_where_requests_have_keys(tmp_path: Path):
    """All requests of a client are there, or none is."""
    asked = [record(key=f"k{n % 500}") for n in range(1000)]
    found = [line["key"] for line in logged(tmp_path / "keys", *asked, sample=0.2)]
    assert 60 <= len(set(found)) <= 140
    assert len(found) == 2 * len(set(found))
    assert 100 <= len(logged(tmp_path / "random", *[record()] * 1000, sample=0.2)) <= 300
    assert logged(tmp_path / "none", *asked, sample=0.0) == []


def test_a_full_queue_drops_and_counts_and_never_waits(tmp_path: Path):
    """Its bound is of rows, as requests may have any number; and it is free again once it is written."""
    log = RequestLog(settings(tmp_path), queued_rows=5)
    for each in (record(), record(), record(), record(rows=0), record(rows=6)):
        log.answered(each)
    assert log.counts == (0, 2, 0)
    log.start()
    deadline = time.monotonic() + 10
    while log.counts.written < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    log.answered(record(rows=5))
    log.close()
    assert log.counts == (4, 2, 0)


def test_files_are_closed_by_size_and_by_age_and_the_oldest_go(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    log = RequestLog(settings(tmp_path, rotate_bytes=1, most_bytes=2_000))
    log.start()
    for _ in range(10):
        log.answered(record())
    log.close()
    assert sum(path.stat().st_size for path in closed(tmp_path)) <= 2_000
    assert 2 <= len(closed(tmp_path)) < 10
    assert "run `evergreen traffic compact` more often" in caplog.text

    old = RequestLog(settings(tmp_path / "old", rotate_s=0.3))
    old.start()
    old.answered(record())
    deadline = time.monotonic() + 10
    while not closed(tmp_path / "old"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    old.close()


def test_a_disk_that_takes_nothing_costs_the_lines_and_nothing_else(tmp_path: Path):
    (tmp_path / "file").write_text("")
    log = RequestLog(settings(tmp_path / "file" / "below"))
    log.start()
    log.answered(record())
    log.close()
    assert log.counts == (0, 0, 1)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_removed_folder_costs_what_was_in_it_and_is_made_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    folder = tmp_path / "lines"
    log = RequestLog(settings(folder))
    log.start()
    log.answered(record())
    log.answered(record())
    wait_until(lambda: log.counts.written == 2)
    shutil.rmtree(folder)
    wait_until(lambda: log.counts.lost == 2)
    log.answered(record())
    log.close()
    assert log.counts == (3, 0, 2)
    assert len(kept(folder)) == 1
    assert "removed the open file of the request log, with 2 requests" in caplog.text


def test_a_disk_that_takes_a_part_of_a_line_keeps_none_of_it(tmp_path: Path):
    """The system's limit of a file's size cuts a write as a full disk does: short, without an error."""
    whole, (soft, hard) = line(record()), resource.getrlimit(resource.RLIMIT_FSIZE)
    file = LogFile(tmp_path)
    file.write(whole)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 10, hard))
    try:
        with pytest.raises(OSError, match="No space left"):
            file.write(whole)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    file.write(whole)
    file.close()
    assert closed(tmp_path)[0].read_bytes() == whole * 2


def test_what_became_of_requests_is_counted_for_prometheus_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """The drops of a minute are one line."""
    log = RequestLog(settings(tmp_path), queued_rows=2)
    metrics = Metrics("m", list)
    metrics.follow_log(lambda: log.counts)
    for _ in range(1001):
        log.answered(record())
    log.start()
    wait_until(lambda: "not logged" in caplog.text)
    log.answered(record(rows=3))
    time.sleep(3 * request_log._LOOK_S)
    log.close()
    assert caplog.text.count("not logged") == caplog.text.count("1,000 requests were not logged") == 1
    text = metrics.text("")[0].decode()
    found = dict(re.findall(r'evergreen_request_log_total\{outcome="(\w+)"\} (\S+)', text))
    assert found == {"written": "1.0", "dropped": "1001.0", "lost": "0.0"}


def test_only_a_dead_server_s_file_is_taken_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(request_log, "_LOOK_S", 0.01)
    log = RequestLog(settings(tmp_path))
    log.start()
    log.answered(record())
    deadline = time.monotonic() + 10
    while not log.counts.written:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    dead = tmp_path / "2026-03-01T00-00-00-1-00-000001.jsonl.open"
    dead.write_bytes(b'{"cut')
    assert [path.name for path in adopt(tmp_path)] == [dead.name.removesuffix(".open")]
    log.close()
    assert len(closed(tmp_path)) == 2
    assert os.path.getsize(closed(tmp_path)[-1]) > 100
