"""A signal ends a run in whatever way a stage takes it, and the run is recorded as interrupted."""

import functools
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import interrupts
from pipeline.lineage.mlmd import open_store
from pipeline.lineage.runs import Run
from pipeline.runners.kfp.local import steps
from tests.pipeline.runners.run_interrupted import WAYS, prepare, start
from tests.pipeline.test_interrupts import INTERRUPTED

ROOT = Path(__file__).parents[3]


def recorded(folder: Path) -> Run:
    store = open_store(folder / "metadata.sqlite")
    assert store is not None
    (run,) = store.runs()
    return run


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """The folder of the runs that take a signal in each way, and how each ended."""
    folder = tmp_path_factory.mktemp("interrupted")
    command = [sys.executable, "-m", "tests.pipeline.runners.run_interrupted", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    return folder, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_however_a_stage_takes_it_the_run_is_interrupted(interrupted: tuple[Path, dict[str, int]], way: str):
    folder, ends = interrupted
    assert ends[way] == INTERRUPTED
    run = recorded(folder / way)
    assert run.state == "interrupted"
    assert run.launch["window"] == "{}"
    assert (folder / way / "launched").read_text().split() == ["ExampleGen", "Trainer"]
    last = (folder / way / "shown").read_text().splitlines()[-1]
    assert last.split()[0] == "Trainer"
    assert last.endswith("interrupted")


@pytest.mark.slow
def test_a_stage_that_fails_by_itself_is_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise RuntimeError("ours")

    prepare(functools.partial(monkeypatch.setattr, raising=False), tmp_path, fail)
    start(tmp_path)
    assert (recorded(tmp_path).state, recorded(tmp_path).error) == ("failed", "Trainer: RuntimeError: ours")


def _is_gone(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.mark.slow
@pytest.mark.parametrize("isolate", [True, False])
@pytest.mark.parametrize("number", interrupts.SIGNALS)
def test_a_step_of_a_job_ends_with_the_run(tmp_path: Path, isolate: bool, number: signal.Signals):
    """Also what `timeout` started: it takes its child out of the process group."""
    (tmp_path / "a_step.py").write_text(
        "import os, pathlib, signal, sys, time\n"
        "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
        "os.kill(int(sys.argv[2]), int(sys.argv[3]))\n"
        "time.sleep(50)\n"
    )
    noted = tmp_path / "pid"
    step = ["timeout", "--kill-after=5", "40", "python", "-m", "a_step", str(noted), "PID", str(int(number))]
    # Not in a fork of this process, which would fork once more: that fails where threads of libraries run.
    ended = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.runners.run_a_step", str(int(isolate)), *step],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT}"},
        timeout=60,
        check=False,
    )
    assert ended.returncode == INTERRUPTED
    assert _soon(lambda: _is_gone(int(noted.read_text())))


@pytest.mark.slow
@pytest.mark.parametrize("limit", [["timeout", "--kill-after=5", "40"], []])
def test_a_step_that_a_step_started_ends_when_that_is_killed(tmp_path: Path, limit: list[str]):
    """As the job for custom training ends, which the stand-in of Vertex AI starts from the Trainer's step."""
    noted = tmp_path / "pid"
    note = (
        "import os, pathlib, sys, time\n"
        "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
        "time.sleep(50)"
    )

    def work() -> None:
        steps.run([*limit, sys.executable, "-c", note, str(noted)], isolate=True)

    outer = multiprocessing.get_context("fork").Process(target=work)
    outer.start()
    assert _soon(lambda: noted.exists() and noted.read_text() != "")
    outer.kill()
    outer.join()
    assert _soon(lambda: _is_gone(int(noted.read_text())))


def _soon(holds: Callable[[], bool]) -> bool:
    for _ in range(100):
        if holds():
            return True
        time.sleep(0.1)
    return False
