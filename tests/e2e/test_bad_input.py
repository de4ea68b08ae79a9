"""What cannot work ends with one clear line and the right exit code, and leaves nothing half-written."""

import resource
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import KILL_AT, Project, states

pytestmark = pytest.mark.e2e


def _one_line(done) -> str:
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("window.dayz=3", "did you mean 'days'?"),
        ("windw.days=3", "did you mean 'window'?"),
        ("window.days=many", "window.days"),
        ("training.learnin_rate=1", "did you mean 'learning_rate'?"),
    ],
)
def test_a_mistyped_configuration_is_refused_with_a_hint(tmp_path: Path, setting: str, message: str):
    done = Project(tmp_path, tmp_path).call("run", "--set", setting)
    assert done.returncode == 2
    assert message in _one_line(done)


@pytest.mark.parametrize(
    ("until", "code", "message"),
    [
        ("2012-12-31", 2, "the data begins on 2013-01-01"),
        ("2113-01-01", 2, "there is no data for 2113-01-01; the newest day before it is "),
        ("2013-01-05", 1, "has no data for 13 of its 18 days"),
    ],
)
def test_a_window_without_its_spans_is_refused(
    tmp_path: Path, flights: Path, until: str, code: int, message: str
):
    done = Project(tmp_path, flights).call("run", "--until", until)
    assert done.returncode == code
    assert message in _one_line(done)


def test_a_missing_data_folder_is_named_with_the_way_to_fill_it(tmp_path: Path):
    done = Project(tmp_path, tmp_path / "nowhere").call("run")
    assert done.returncode == 2
    assert "nowhere" in _one_line(done)
    assert "make data" in done.stderr


def test_an_unwritable_folder_is_named(tmp_path: Path, flights: Path):
    (tmp_path / "file").write_text("")
    done = Project(tmp_path, flights).call("run", "--set", "root=file/below")
    assert done.returncode == 2
    assert "file/below" in _one_line(done)


def test_a_mistyped_cell_stops_the_run_with_file_line_and_column(tmp_path: Path, flights: Path):
    data = tmp_path / "data"
    shutil.copytree(flights, data)
    day = data / "2013-02-01.csv"
    lines = day.read_text().splitlines(keepends=True)
    lines[6] = lines[6].replace("2013-02-01,", "2013-02-01,late", 1)
    day.write_text("".join(lines))
    project = Project(tmp_path, data)

    done = project.call("run", "--until", "2013-02-10")

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "2013-02-01.csv: line 7, column 'late'" in done.stdout
    (run,) = project.runs()
    assert (run.state, states(run)["ExampleGen"]) == ("failed", "failed")
    assert project.served == []


def test_a_disk_that_fills_up_stops_the_run_and_shows_the_server_nothing(tmp_path: Path, flights: Path):
    """No file may grow over 0.9 MB, which the model's variables do; what comes before was made earlier."""
    project = Project(tmp_path, flights)
    project.call("run", "--until", "2013-02-10", program=(*KILL_AT, "Pusher"))

    done = project.call(
        "run",
        "--until",
        "2013-02-10",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000)),
    )

    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert "query" not in done.stdout + done.stderr
    assert project.served == []
