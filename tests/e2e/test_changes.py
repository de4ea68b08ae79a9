"""A change re-runs exactly the stages that depend on it; shown by states in ML Metadata."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from pipeline.lineage.runs import highest_number
from tests.e2e.conftest import KILL_AT, Project, states

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PACKAGES = ("pipeline", "components", "trainer", "serving", "monitoring", "sample")
# Runs whatever copy of the code is first on PYTHONPATH; the installed command would run this checkout.
PROGRAM = [sys.executable, "-c", "from pipeline.cli.main import main; main()"]
# Data is compared with the champion's, which is another one after every run here.
FROM_TRAINING = {"DataGate", "Trainer", "Evaluator", "InfraValidator", "Pusher", "Release"}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, flights: Path) -> Project:
    """A deployment in which the code as it is has run once."""
    project = Project(tmp_path_factory.mktemp("history"), flights)
    project.run_green("--until", "2013-02-10")
    return project


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of the code, for a test to change."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    return tmp_path


def _rerun(project: Project, code: Path, **settings: str) -> set[str]:
    """Runs the changed code and gives the stages that were not cached, without the champion's import."""
    before = len(project.runs())
    changed = Project(project.folder, project.data, {**project.settings, **settings})
    environment = {**os.environ, "PYTHONPATH": str(code)}
    done = changed.call("run", "--until", "2013-02-10", program=PROGRAM, env=environment)
    assert len(project.runs()) == before + 1, done.stdout + done.stderr
    return {name for name, state in states(project.runs()[-1]).items() if state == "complete"} - {"Champion"}


def test_a_changed_model_retrains_and_leaves_the_features(history: Project, code: Path):
    with (code / "trainer" / "model.py").open("a") as file:
        file.write("\nANOTHER = 'model'\n")
    assert _rerun(history, code) == FROM_TRAINING


def test_changed_features_are_transformed_again_and_all_that_follows(history: Project, code: Path):
    with (code / "trainer" / "preprocessing.py").open("a") as file:
        file.write("\nANOTHER = 'feature'\n")
    assert _rerun(history, code) == {"Transform"} | FROM_TRAINING


def test_a_changed_threshold_judges_again_and_trains_nothing(history: Project, code: Path):
    assert _rerun(history, code, **{"model_gate.min_slice_rows": "400"}) <= FROM_TRAINING - {
        "Trainer",
        "InfraValidator",
    }


def test_a_changed_day_is_ingested_again_and_the_old_content_is_found_in_the_cache(
    tmp_path: Path, flights: Path
):
    shutil.copytree(flights, tmp_path / "data")
    project = Project(tmp_path, tmp_path / "data")
    day = tmp_path / "data" / "2013-02-01.csv"
    original = day.read_text()
    changed = "".join(original.splitlines(keepends=True)[:-1])

    ingested = []
    for content in (original, changed, original):
        day.write_text(content)
        project.call("run", "--until", "2013-02-10", program=(*KILL_AT, "Transform"))
        run = project.runs()[-1]
        ingested.append((states(run)["SchemaImport"], states(run)["ExampleGen"], states(run)["DataGate"]))

    assert ingested == [
        ("complete", "complete", "complete"),
        ("cached", "complete", "complete"),
        ("cached", "cached", "cached"),
    ]


def test_a_renamed_model_is_judged_against_the_champion_and_its_number_is_the_deployments_next(
    history: Project, code: Path
):
    """Though no served folder is left to count in; nothing is trained for it."""
    runs = history.runs()
    last, standing = highest_number(runs), history.champion
    shutil.rmtree(history.workspace.models)
    ran = _rerun(history, code, **{"model.name": "late-flights"})
    renamed = history.runs()[-1]
    assert "Trainer" not in ran
    assert renamed.launch["champion"] == standing.version
    assert (renamed.released_name, renamed.released) == ("late-flights", f"1.0.{last + 1}")
    assert (history.workspace.served_models("late-flights") / str(last + 1) / "saved_model.pb").is_file()
    for model in ("champion", f"late-flights/1.0.{last + 1}"):
        assert f"run: {renamed.id}" in history.call("lineage", model).stdout
