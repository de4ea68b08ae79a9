"""Registered models in a deployment: a candidate waits, is approved, serves, and gives way again."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from pipeline.lineage.events import State
from pipeline.lineage.mlmd_registry import MlmdRegistry
from serving.models import served_file
from tests.e2e.conftest import EVERGREEN, KILL_AT, Project
from tests.e2e.processes import serving
from tests.e2e.test_release import _copy

pytestmark = pytest.mark.e2e

KILL_SWEEP = (sys.executable, str(Path(__file__).with_name("kill_sweep.py")))


def served(project: Project) -> dict[str, tuple[str, ...]]:
    """What the file beside the versions names: version to labels."""
    found = served_file.read(project.workspace.served_models("flights"))
    return {each.version: each.labels for each in found.versions} if found else {}


def answers(url: str) -> str:
    """Which version answers a request that names none."""
    with urllib.request.urlopen(f"{url}/metadata", timeout=30) as answer:
        return json.load(answer)["model_spec"]["version"]


class Client(threading.Thread):
    """Asks without a pause which version answers."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self._stopping = threading.Event()
        self.seen: list[str] = []
        self.faults: list[OSError] = []

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.seen.append(answers(self._url))
            except OSError as fault:
                self.faults.append(fault)

    def stop(self) -> None:
        self._stopping.set()
        self.join()


def decide(project: Project, *arguments: str) -> str:
    done = project.call(*arguments, program=(str(EVERGREEN), "models"))
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_candidate_waits_for_approval_serves_and_gives_way_without_a_lost_request(
    green: Project, tmp_path: Path
) -> None:
    project = _copy(green, tmp_path)
    assert served(project) == {"1.0.1": ("champion",)}
    done = project.call("run", "--until", "2013-02-14", "--set", "release.policy=manual")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "registered; it serves once it is approved" in done.stdout
    assert served(project) == {"1.0.1": ("champion",)}
    with serving(project) as (url, _):
        assert answers(url) == "1"
        client = Client(url)
        client.start()
        decide(project, "approve", "1.0.2", "--reason", "looks good")
        until = time.monotonic() + 60
        while answers(url) != "2" and time.monotonic() < until:
            time.sleep(0.05)
        assert answers(url) == "2"
        assert served(project) == {"1.0.2": ("champion",), "1.0.1": ("previous",)}
        decide(project, "withdraw", "champion", "--reason", "wrong labels")
        assert answers(url) == "1", "in force on the next request, as it is loaded"
        client.stop()
        assert not client.faults
        assert {*client.seen} == {"1", "2"}
    models = MlmdRegistry(project.workspace).read()
    assert [models.state(each) for each in models.versions] == [State.LIVE, State.WITHDRAWN]
    assert served(project) == {"1.0.1": ("champion",)}
    repeated = project.call("run", "--until", "2013-02-14")
    assert (repeated.returncode, "1.0.2" in repeated.stdout) == (0, True)
    assert served(project) == {"1.0.1": ("champion",)}, "what was withdrawn does not come back by itself"


def test_a_version_whose_folder_was_lost_serves_again_as_it_was(green: Project, tmp_path: Path) -> None:
    project = _copy(green, tmp_path)
    decide(project, "withdraw", "champion", "--reason", "by mistake")
    assert served(project) == {}
    folder = project.workspace.served_models("flights") / "1"
    before = contents(folder)
    shutil.rmtree(folder)
    decide(project, "restore", "1.0.1", "--reason", "it was right")
    assert served(project) == {"1.0.1": ("champion",)}
    assert contents(folder) == before


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_killed_anywhere_from_pusher_on_nothing_serves_that_is_not_on_record(
    green: Project, tmp_path: Path
) -> None:
    """20 kills, before changes that are spread over all that a run makes to files and records."""
    project = _copy(green, tmp_path)
    killed = project.call("run", "--until", "2013-02-14", program=(*KILL_AT, "Pusher"))
    assert killed.returncode == -signal.SIGKILL
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = (*KILL_SWEEP, str(project.workspace.root), str(scratch), "20")
    done = project.call("run", "--until", "2013-02-14", program=program)
    whole, *kills = map(json.loads, done.stdout.splitlines())
    after = {"served": [["1.0.2", ["champion"]], ["1.0.1", ["previous"]]], "states": STATES_AFTER}
    assert (whole["served"], whole["states"]) == (after["served"], after["states"]), done.stderr[-2000:]
    assert len(kills) == 20
    for each in kills:
        assert each["killed"] == -signal.SIGKILL
        _is_on_record(each["after_kill"])
        assert each["again"] in (None, 0), each
        assert each["again"] is None or each["after"] == after, each
    assert sum(each["again"] is not None for each in kills) == 7


STATES_AFTER = {"1.0.1": "retired", "1.0.2": "live"}


def _is_on_record(left: dict[str, Any]) -> None:
    """What serves after a kill was registered, and was live at some time."""
    assert left["served"], left
    default, *others = left["served"]
    assert left["states"][default[0]] in ("live", "retired"), left
    assert all(left["states"][version] == "retired" for version, _ in others), left
