"""A whole run whose stages of Beam work in processes of Beam's job service."""

import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import SMALL, Project

pytestmark = pytest.mark.e2e

NOTING = Path(__file__).parents[1] / "pipeline" / "runners" / "beam" / "noting_worker.py"


@pytest.fixture
def project(tmp_path: Path, flights: Path) -> Project:
    return Project(tmp_path, flights, {**SMALL, "window.days": "8", "window.eval_days": "2"})


def test_a_model_is_released_that_other_processes_prepared(project: Project):
    notes = project.folder / "notes"
    notes.mkdir()
    small = (
        "--set",
        "data_gate.min_train_rows=500",
        "--set",
        "model_gate.thresholds=[{metric: AUC, scope: overall, at_least: 0.5}]",
    )
    run = project.run_green(
        "--until", "2013-02-10", *small,
        "--set", "beam.runner=portable",
        "--set", "beam.options.job_endpoint=embed",
        "--set", "beam.options.environment_type=beam:env:harness_subprocess_python:v1",
        "--set", f"beam.options.environment_config={sys.executable} {NOTING} {notes}",
    )  # fmt: skip
    assert run.released == "1.0.1"
    worked_on = [note.read_text() for note in notes.iterdir()]
    for step in ("IngestSpans/Ingest", "AnalyzeDataset", "TransformShard"):
        assert any(step in steps for steps in worked_on)

    before = len(run.stages)
    done = project.call("run", "--until", "2013-02-10", *small)  # in this process: the same launch
    assert done.returncode == 0
    assert "nothing to do" in done.stdout
    assert len(project.runs()) == 1
    assert len(project.runs()[0].stages) == before


def test_a_misspelt_option_starts_nothing(project: Project):
    done = project.call("run", "--until", "2013-02-10", "--set", "beam.options.job_endpont=embed")
    assert done.returncode == 2
    assert "did you mean 'job_endpoint'?" in " ".join(done.stderr.split())
    assert not project.runs()
