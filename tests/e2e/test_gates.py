"""Each gate closes on what it is there for; then nothing is released and the command says why."""

import csv
import os
import random
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import SMALL, Project, states
from tests.monitoring.notify.http_server import PATH, Hook, hook

pytestmark = pytest.mark.e2e


def test_a_corrupted_column_closes_the_data_gate_before_anything_is_trained(tmp_path: Path, flights: Path):
    data = _rewritten(flights, tmp_path, lambda row: {**row, "origin": "ZZZ"}, only="2013-02-09")
    told = "[{type: webhook, url: 'env:HOOK', shape: slack}, {type: log}]"
    project = Project(tmp_path, data, {**SMALL, "notify.notifiers": told})

    with hook() as served:
        environment = {**os.environ, "HOOK": served.url, "NO_PROXY": "127.0.0.1"}
        done = project.call("run", "--until", "2013-02-10", env=environment)
        again = project.call("run", "--until", "2013-02-10", env=environment)

    (run,) = project.runs()
    assert done.returncode == 1
    assert run.state == "stopped"
    assert run.output("DataGate", "verdict").properties["blessed"] == 0
    assert "'origin'" in run.error
    assert "data_gate" in done.stdout
    assert "Transform" not in states(run)
    assert project.served == []
    _assert_told_once(served, done.stdout, again.stdout)
    _assert_secret_nowhere(project, done.stdout + done.stderr)


def _assert_told_once(served: Hook, first: str, again: str) -> None:
    (message,) = served.bodies
    assert "a gate stopped the run" in message["text"]
    assert "'origin'" in message["text"]
    assert first.splitlines()[-2:] == ["notify    webhook (slack): sent", "notify    log: sent"]
    assert "nothing to do" in again
    assert "notify" not in again


def _assert_secret_nowhere(project: Project, printed: str) -> None:
    """The address is in no file of the workspace (logs, ML Metadata, artifacts), nor was it shown."""
    secret = PATH.rpartition("/")[2]
    files = [path for path in project.workspace.root.rglob("*") if path.is_file()]
    assert project.workspace.metadata in files
    assert [path for path in files if secret.encode() in path.read_bytes()] == []
    assert secret not in printed


def test_a_model_trained_on_shuffled_labels_is_not_blessed_and_not_pushed(tmp_path: Path, flights: Path):
    rng = random.Random(3)
    data = _rewritten(
        flights,
        tmp_path,
        lambda row: {**row, "late": rng.choice("00001")},  # by row: by day would leave the weather's effect
        until="2013-02-06",
    )
    project = Project(tmp_path, data)

    done = project.call("run", "--until", "2013-02-10")

    (run,) = project.runs()
    assert done.returncode == 1
    assert run.output("Evaluator", "blessing").properties["blessed"] == 0
    assert "AUC" in run.error
    assert run.output("Pusher", "pushed_model").properties["pushed"] == 0
    assert run.released is None
    assert project.served == []
    again = project.call("run", "--until", "2013-02-10")
    assert again.returncode == 1, "a launch that a gate stopped is reported again, not run again"
    assert len(project.runs()) == 1


def test_labels_of_one_class_only_close_the_data_gate(tmp_path: Path, flights: Path):
    data = _rewritten(flights, tmp_path, lambda row: {**row, "late": "0"})
    project = Project(tmp_path, data)
    assert project.call("run", "--until", "2013-02-10").returncode == 1
    assert "no rows of the class '1'" in project.runs()[0].error


def test_one_bad_day_closes_the_data_gate_and_its_owner_is_told_which_and_why(tmp_path: Path, flights: Path):
    data = tmp_path / "data"
    shutil.copytree(flights, data)
    newest, before = data / "2013-02-10.csv", data / "2013-02-09.csv"
    newest.write_text("".join(newest.read_text().splitlines(keepends=True)[:41]))
    before.write_text(before.read_text() + "".join(before.read_text().splitlines(keepends=True)[1:]))
    project = Project(tmp_path, data)

    done = project.call("run", "--until", "2013-02-10")

    (run,) = project.runs()
    assert (done.returncode, run.state) == (1, "stopped")
    assert "2013-02-10 has 40 rows, and " in done.stdout
    assert "2013-02-09 has every row 2 times" in done.stdout
    assert "- {gate: data, check: few rows, subject: 2013-02-10, reason: …" in done.stdout.replace("'", "")
    assert "Transform" not in states(run)


def _rewritten(flights: Path, into: Path, change, *, only: str = "", until: str = "9999") -> Path:
    """A copy of the data with every row of some days changed."""
    data = into / "data"
    shutil.copytree(flights, data)
    for path in data.glob(f"{only or '*'}.csv"):
        if path.stem <= until:
            rows = list(csv.DictReader(path.open()))
            with path.open("w", newline="") as file:
                writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(change(row) for row in rows)
    return data
