"""A launch runs when there is something new, and otherwise names the run that did it and starts nothing."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import KILL_AT, Project, states

pytestmark = pytest.mark.e2e


def test_nothing_runs_without_new_data_a_new_day_does_and_the_old_window_stays_done(
    tmp_path: Path, flights: Path
):
    data = tmp_path / "data"
    data.mkdir()
    for day in sorted(flights.iterdir()):
        if day.stem <= "2013-02-10":
            shutil.copy(day, data)
    project = Project(tmp_path, data)
    first = project.run_green()
    before = json.loads(project.call("runs", "--json").stdout)

    for arguments in ((), ("--until", "2013-02-10")):
        again = project.call("run", *arguments)
        assert (again.returncode, again.stderr) == (0, "")
        said = f"nothing to do: run {first.id} has done this launch (succeeded); no stage was started"
        assert said in again.stdout.splitlines()
        assert "released  version 1.0.1" in again.stdout
    assert project.runs() == [first]
    assert json.loads(project.call("runs", "--json").stdout) == before

    shutil.copy(flights / "2013-02-11.csv", data)
    project.call("run", program=(*KILL_AT, "StatisticsGen"))
    second = project.runs()[-1]
    assert (second.id != first.id, second.window["eval_last"]) == (True, "2013-02-11")
    assert states(second)["ExampleGen"] == "complete"
    counts = second.output("ExampleGen", "examples").properties
    assert (counts["spans_ingested"], counts["spans_reused"]) == (1, 17)

    old = project.call("run", "--until", "2013-02-10")
    assert old.returncode == 0
    assert f"nothing to do: run {first.id} has done this launch" in old.stdout


def test_a_late_correction_is_noticed_and_only_that_day_is_ingested_again(tmp_path: Path, flights: Path):
    shutil.copytree(flights, tmp_path / "data")
    project = Project(tmp_path, tmp_path / "data")
    project.call("run", "--until", "2013-02-10", program=(*KILL_AT, "Transform"))
    corrected = tmp_path / "data" / "2013-01-28.csv"
    times = corrected.stat()
    corrected.write_text("".join(corrected.read_text().splitlines(keepends=True)[:-1]))
    os.utime(corrected, ns=(times.st_atime_ns, times.st_mtime_ns))

    project.call("run", "--until", "2013-02-10", program=(*KILL_AT, "Transform"))

    first, second = (run.output("ExampleGen", "examples").properties for run in project.runs())
    assert (first["spans_ingested"], first["spans_reused"]) == (18, 0)
    assert (second["spans_ingested"], second["spans_reused"]) == (1, 17)
    assert second["rows_read"] == first["rows_read"] - 1
    assert states(project.runs()[-1])["StatisticsGen"] == "complete"
