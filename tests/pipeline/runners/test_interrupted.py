"""A signal ends a run in whatever way a stage takes it, and the run is recorded as interrupted."""

import contextlib
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tfx.orchestration.portable import launcher
from tfx.proto.orchestration import pipeline_pb2

from pipeline import interrupts
from pipeline.lineage.mlmd import open_store, sqlite_config
from pipeline.lineage.runs import Run
from pipeline.runners import local
from pipeline.runners.kfp.local import steps
from pipeline.runners.progress import Progress
from tests.pipeline.test_interrupts import INTERRUPTED, end_of, send

ROOT = Path(__file__).parents[3]
STAGES = ("ExampleGen", "Trainer", "Pusher")


def end_at_once() -> None:
    send()


def swallow() -> None:
    with contextlib.suppress(BaseException):
        send()


def turn() -> None:
    try:
        send()
    except KeyboardInterrupt as interrupt:
        raise RuntimeError("a callback failed") from interrupt


def turn_and_hide() -> None:
    swallow()
    raise SystemExit(0)


def go_on() -> None:
    with contextlib.suppress(BaseException):
        send()
    time.sleep(50)


def turn_without_a_signal() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as interrupt:
        raise RuntimeError("a callback failed") from interrupt


class Launcher:
    """TFX's, of whose stages the Trainer takes a signal in its own way."""

    take: Callable[[], None]
    launched: Path

    def __init__(self, pipeline_node: Any, **_: Any):
        self._name = pipeline_node.node_info.id

    def launch(self) -> None:
        with self.launched.open("a") as file:
            print(self._name, file=file)
        if self._name == "Trainer":
            type(self).take()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(launcher, "Launcher", Launcher)
    monkeypatch.setattr(Launcher, "launched", tmp_path / "launched", raising=False)
    monkeypatch.setattr(local, "_compile", lambda pipeline, _: pipeline)
    monkeypatch.setattr(local.runner_utils, "extract_local_deployment_config", lambda _: None)
    monkeypatch.setattr(local.runner_utils, "extract_executor_spec", lambda *_: None)
    monkeypatch.setattr(local.runner_utils, "extract_custom_driver_spec", lambda *_: None)
    return tmp_path


def start(folder: Path) -> None:
    pipeline = pipeline_pb2.Pipeline()
    for stage in STAGES:
        pipeline.nodes.add().pipeline_node.node_info.id = stage
    shown = io.StringIO()
    runner = local.LocalRunner(sqlite_config(folder / "metadata.sqlite"), Progress(shown), max_workers=2)
    try:
        runner.run(pipeline, "run", {"window": "{}"})
    finally:
        (folder / "shown").write_text(shown.getvalue())


def recorded(folder: Path) -> Run:
    store = open_store(folder / "metadata.sqlite")
    assert store is not None
    (run,) = store.runs()
    return run


@pytest.mark.slow
@pytest.mark.parametrize("take", [end_at_once, swallow, turn, turn_and_hide, go_on, turn_without_a_signal])
def test_however_a_stage_takes_it_the_run_is_interrupted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, take: Callable[[], None]
):
    monkeypatch.setattr(Launcher, "take", staticmethod(take), raising=False)
    assert end_of(lambda: start(folder)) == INTERRUPTED
    assert recorded(folder).state == "interrupted"
    assert recorded(folder).launch["window"] == "{}"
    assert (folder / "launched").read_text().split() == ["ExampleGen", "Trainer"]
    last = (folder / "shown").read_text().splitlines()[-1]
    assert last.split()[0] == "Trainer"
    assert last.endswith("interrupted")


@pytest.mark.slow
def test_a_stage_that_fails_by_itself_is_failed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    def fail() -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(Launcher, "take", staticmethod(fail), raising=False)
    start(folder)
    assert (recorded(folder).state, recorded(folder).error) == ("failed", "Trainer: RuntimeError: ours")


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
