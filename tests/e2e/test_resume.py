"""A run that is killed and started again goes on from the finished stages; shown by states in ML Metadata."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.cli.main import INTERRUPTED
from tests.e2e.conftest import KILL_AT, Project, states

pytestmark = pytest.mark.e2e

# Program that takes a stage's name, a signal's and what the stage makes of it, and a command line.
INTERRUPT_AT = (sys.executable, str(Path(__file__).with_name("interrupt_at.py")))
STAGES = (
    "ExampleGen",
    "StatisticsGen",
    "DataGate",
    "Transform",
    "Trainer",
    "Evaluator",
    "InfraValidator",
    "Pusher",
    "Release",
)


def test_a_run_killed_in_every_stage_in_turn_goes_on_from_the_finished_ones(tmp_path: Path, flights: Path):
    """Each start finds all stages before the killed one cached, and does that one anew."""
    project = Project(tmp_path, flights)
    done: list[str] = []
    for stage in STAGES:
        killed = project.call("run", "--until", "2013-02-10", program=(*KILL_AT, stage))
        assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
        run = project.runs()[-1]
        assert all(states(run)[name] == "cached" for name in done), (stage, states(run))
        assert states(run)[stage] == "running"
        assert project.served == ([] if stage != "Release" else ["1"])
        done = [name for name in states(run) if name != stage]

    last = project.run_green("--until", "2013-02-10")

    assert states(last)["Release"] == "complete"
    assert {name for name, state in states(last).items() if state != "cached"} == {"Release"}
    assert project.champion.version == "1.0.1"
    assert project.served == ["1"]
    assert [run.state for run in project.runs()] == ["interrupted"] * len(STAGES) + ["succeeded"]


def test_nothing_that_a_killed_stage_began_is_left(tmp_path: Path, flights: Path):
    project = Project(tmp_path, flights)
    project.call("run", "--until", "2013-02-10", program=(*KILL_AT, "StatisticsGen"))
    assert list(project.workspace.artifacts.rglob("half-written"))

    project.call("run", "--until", "2013-02-10", program=(*KILL_AT, "DataGate"))

    left = {path.parts[-3] for path in project.workspace.artifacts.rglob("half-written")}
    assert left <= {"verdict"}  # what the second kill began
    first, second = project.runs()
    assert states(first)["StatisticsGen"] == "canceled"
    assert states(second)["StatisticsGen"] == "complete"


def test_a_signal_that_a_stage_swallows_or_turns_ends_the_run_and_the_next_goes_on(
    tmp_path: Path, flights: Path
):
    project = Project(tmp_path, flights)
    for stage, name, how in (("StatisticsGen", "SIGINT", "swallow"), ("DataGate", "SIGTERM", "turn")):
        ended = project.call("run", "--until", "2013-02-10", program=(*INTERRUPT_AT, stage, name, how))
        assert ended.returncode == 1, ended.stdout
        assert ended.stderr.endswith(f"{INTERRUPTED}\n")
        assert "Traceback" not in ended.stdout + ended.stderr
        line = ended.stdout.splitlines()[-1]
        assert (line.split()[0], line.split()[-1]) == (stage, "interrupted")
        assert project.runs()[-1].state == "interrupted"
        assert project.served == []
    assert states(project.runs()[-1])["StatisticsGen"] in ("cached", "complete")


def test_a_second_run_is_refused_while_one_is_running(tmp_path: Path, flights: Path):
    project = Project(tmp_path, flights)
    command = project.command("run", "--until", "2013-02-10")
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as first:
        try:
            _wait_for(project.workspace.root / "lock", holder=first.pid)
            second = project.call("run", "--until", "2013-02-14")
        finally:
            os.kill(first.pid, signal.SIGKILL)
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"process {first.pid}" in second.stderr


def _wait_for(lock: Path, holder: int) -> None:
    for _ in range(300):
        if lock.is_file() and lock.read_text() == str(holder):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{lock} was never held by {holder}")
