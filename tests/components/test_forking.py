"""Where the worker pool is opened, the process has no threads that a fork would lose, on any Python."""

import datetime as dt
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.components.watched_fork import WORKERS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only"),
]
WATCHED = [sys.executable, "-c", "from tests.components import watched_fork as w; w.main()"]
EVERGREEN = Path(sys.executable).with_name("evergreen")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    flights = pytest.importorskip("sample.flights")
    folder = tmp_path_factory.mktemp("forking") / "data"
    flights.write_days(folder, dt.date(2013, 1, 1), dt.date(2013, 1, 20))
    return folder


def watch(report: Path, *command: object) -> dict[str, object]:
    """Runs a program on a terminal of its own up to the pool, and returns the report.

    On a terminal, as the running stage is shown by a thread there.
    """
    controller, terminal = pty.openpty()
    done = subprocess.run(
        [*WATCHED, *map(str, command)],
        env={**os.environ, "FORK_REPORT": str(report), "PYTHONPATH": str(ROOT)},
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(terminal)
    os.close(controller)
    assert report.is_file(), done.stderr
    return json.loads(report.read_text())


def check_fork(report: dict[str, object]) -> None:
    assert len(report["threads"]) == 1, report["threads"]
    assert report["warnings"] == []
    assert report["results"] == [2 * number for number in range(40)]
    assert report["killed"].startswith("a worker process was killed")


def test_a_run_forks_its_workers_from_a_process_of_one_thread(tmp_path: Path, data: Path):
    settings = {"data.source": data, "root": tmp_path / "workspace", "window.days": 18, "window.eval_days": 4}
    options = [part for name, value in settings.items() for part in ("--set", f"{name}={value}")]
    check_fork(watch(tmp_path / "report", EVERGREEN, "run", *options))


def test_so_does_the_program_that_compares_one_process_with_several(tmp_path: Path):
    check_fork(watch(tmp_path / "report", "tests.components.spans_to_examples", tmp_path, WORKERS + 1))


def test_a_thread_that_a_fork_would_lose_is_noticed(tmp_path: Path):
    """The check itself: a thread is counted, and Python 3.12 and newer warn."""
    program = tmp_path / "program.py"
    program.write_text(
        "import threading, time\n"
        "from components import workers\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "with workers.worker_pool(workers.default_max_workers()):\n"
        "    raise AssertionError\n"
    )
    report = watch(tmp_path / "report", program)
    assert len(report["threads"]) == 2
    assert len(report["warnings"]) == (WORKERS if sys.version_info >= (3, 12) else 0)
    assert all("multi-threaded" in warning for warning in report["warnings"])
