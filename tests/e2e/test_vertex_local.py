"""The job that Vertex AI would be sent is executed here, whole, through the installed command."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from pipeline.lineage.mlmd import open_store
from pipeline.lineage.runs import Run
from tests.e2e.conftest import SMALL, Project, states

pytestmark = pytest.mark.e2e

VERTEX = ("--config", "prod", "--runner", "vertex-local")
NO_GPU = ("--set", "cloud.trainer.allow_cpu=true")  # what prod asks for is not here


def _run(project: Project, *arguments: str) -> Run:
    done = project.call("run", *VERTEX, *NO_GPU, "--set", "root=.evergreen", *arguments)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}\n{project.log_tail()}"
    return project.runs()[-1]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, flights: Path) -> Project:
    """A project whose first run, on vertex-local until 2013-02-10, told the log and released 1.0.1."""
    project = Project(tmp_path_factory.mktemp("vertex"), flights)
    _run(project, "--until", "2013-02-10", "--set", "notify.notifiers=[{type: log}]")
    return project


def _metrics(run: Run) -> dict:
    evaluation = run.output("Evaluator", "evaluation")
    assert evaluation is not None
    return json.loads(Path(evaluation.uri, "metrics.json").read_text())


def test_the_job_makes_the_model_that_the_local_runner_makes(first: Project, green: Project):
    """Same launch, same code, same seed: the same metrics.

    The ingested rows are equal. Transform's means and deviations are sums of float32 in the order in which
    Beam adds them, which differs in the sixth digit; training is equal bit by bit on equal features. A loss
    moves by as much; the AUC of a slice moves by whole pairs of rows.
    """
    here, there = first.runs()[0], green.runs()[0]
    for same in ("window_fingerprint", "schema_fingerprint", "code"):
        assert here.launch[same] == there.launch[same]
    mine, theirs = _metrics(here), _metrics(there)
    assert mine.keys() == theirs.keys() == {"prior", "candidate"}
    assert mine["prior"] == theirs["prior"]
    assert mine["candidate"].keys() == theirs["candidate"].keys()
    for name, values in theirs["candidate"].items():
        got = mine["candidate"][name]
        for metric in ("AUC", "BinaryCrossentropy"):
            allowed = 5e-4 if name == "overall" or metric != "AUC" else 2e-3
            assert got[metric] == pytest.approx(values[metric], abs=allowed, nan_ok=True), f"{name} {metric}"


def test_every_stage_that_runs_locally_ran_and_released_a_served_model(first: Project, green: Project):
    run = first.runs()[0]
    assert (run.state, run.released) == ("succeeded", "1.0.1")
    assert states(run) == {**states(green.runs()[0]), "Settle": "complete", "Notify": "complete"}
    assert [each.properties["gate"] for each in run.verdicts] == ["data", "model", "infra", "release"]
    assert (first.workspace.served_models("flights") / "1" / "saved_model.pb").is_file()
    assert run.launch["runner"] == "vertex-local"


def test_the_last_step_told_of_the_release(first: Project):
    run = first.runs()[0]
    (log,) = [path for path in first.workspace.logs.glob("*.log") if path.stem == run.id]
    told = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("notify: ")]
    assert told == [
        "notify: info: run-finished: flights: the run released version 1.0.1 | Every gate passed. | "
        f"run {run.id}, window 2013-01-24 … 2013-02-10, released 1.0.1",
        "notify: log: sent",
    ]


def test_trainer_ran_as_the_container_of_a_custom_job(first: Project):
    """The step sends a job; the job's container trained, with the command that the job names."""
    (log,) = first.workspace.logs.glob("*.log")
    text = log.read_text(errors="replace")
    assert "tfx.scripts.run_executor" in text
    assert "NVIDIA_TESLA_T4" in text


def test_the_second_run_finds_the_first_ones_champion_and_the_same_launch_runs_nothing(first: Project):
    # Wide: on so few rows a candidate may by chance be a hundredth worse.
    gate = "model_gate.thresholds=[{metric: AUC, scope: overall, max_worse_than_champion: 0.1}]"
    run = _run(first, "--until", "2013-02-14", "--set", gate)
    assert run.launch["champion"] == "1.0.1"
    champion = run.output("Champion", "result")
    assert champion is not None
    assert champion.uri == first.runs()[0].output("Trainer", "model").uri
    assert "champion" in _metrics(run)
    assert run.released == "1.0.2"

    before = len(first.runs())
    again = ("run", *VERTEX, "--set", "root=.evergreen", "--until", "2013-02-14", "--set", gate)
    done = first.call(*again, *NO_GPU)
    assert done.returncode == 0
    assert "nothing to do" in done.stdout
    assert len(first.runs()) == before

    done = first.call(*again, "--set", "training.seed=8")
    assert done.returncode == 1
    asked = "the run asked for 1 GPU and TensorFlow sees none"
    assert asked in f"{done.stdout}{done.stderr}{first.log_tail()}"
    assert states(first.runs()[-1])["Trainer"] == "failed"


def test_a_step_runs_as_the_very_command_line_of_its_container(tmp_path: Path, flights: Path):
    """--isolate: data gate closed, so that only the steps before it run; each is a new process."""
    settings = {**SMALL, "data_gate.min_train_rows": "1000000"}
    project = Project(tmp_path, flights, settings)
    command = project.command(
        "run", *VERTEX, "--isolate", "--set", "root=.evergreen", "--until", "2013-02-10"
    )
    environment = {**os.environ, "COLUMNS": "200"}
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    store = open_store(project.workspace.metadata)
    assert store is not None
    (run,) = store.runs()
    assert run.state == "stopped"
    assert run.error.startswith("DataGate: ")
    assert set(states(run).values()) == {"complete"}
    assert set(states(run)) == {"SchemaImport", "ExampleGen", "StatisticsGen", "ExampleValidator", "DataGate"}
