"""`evergreen compile` and `evergreen check`: files, one table, exit codes; help without heavy imports."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.cli import doctor
from pipeline.cli.commands import evergreen
from pipeline.config.load import load
from pipeline.errors import STOPPED, USAGE, ConfigError
from pipeline.lineage.mlmd import sqlite_config
from pipeline.runners.kfp.job_file import write_job
from pipeline.runners.kfp.local.record import Record
from pipeline.runners.kfp.local.tasks import Task


def call(days: Path, *arguments: str) -> Result:
    window = {"window.days": "6", "window.eval_days": "2", "training.validation_days": "3"}
    settings = {"data.source": str(days), **window}
    overrides = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    return CliRunner().invoke(evergreen, [*arguments, *overrides], standalone_mode=False)


def test_compile_writes_the_job_and_its_template(days: Path, tmp_path: Path):
    result = call(days, "compile", "--config", "prod", "--into", str(tmp_path))
    assert result.exception is None
    assert [Path(line).name for line in result.stdout.split()] == ["flights-prod.json", "flights-prod.yaml"]
    job = json.loads((tmp_path / "flights-prod.json").read_text())
    assert job["pipelineSpec"]["schemaVersion"] == "2.1.0"


def test_a_job_is_compiled_and_checked_where_no_data_is(tmp_path: Path):
    """As in a build: days stand in, as many as the window asks for, in the bucket that the job would read."""
    nowhere = tmp_path / "nowhere"
    assert call(nowhere, "check", "--config", "dev").return_value == 0
    result = call(nowhere, "compile", "--config", "prod", "--into", str(tmp_path))
    assert result.exception is None
    job = json.loads((tmp_path / "flights-prod.json").read_text())
    inputs = job["pipelineSpec"]["root"]["dag"]["tasks"]["ExampleGen"]["inputs"]["parameters"]
    spans = json.loads(inputs["train_spans"]["runtimeValue"]["constant"])
    assert len(spans) == 4
    assert all(re.fullmatch(r"/gcs/.*-uploads/data/flights/\d{4}-\d\d-\d\d\.csv", s["path"]) for s in spans)
    asked = call(nowhere, "check", "--config", "dev", "--until", "2013-01-10")
    assert "no data folder at" in str(asked.exception)


@pytest.mark.parametrize("name", ["dev", "preprod", "prod"])
def test_check_passes_on_what_ships_with_one_table_of_both_shapes(days: Path, name: str):
    result = call(days, "check", "--config", name)
    assert result.exception is None
    assert result.return_value == 0
    assert result.stdout.count(" passed") == 19
    assert {"alone", "beside_champion", "infrastructure"} <= set(result.stdout.splitlines())


def test_check_says_in_one_sentence_where_placeholders_still_stand(days: Path):
    """The job is sound; images are placeholders too until a build's digests are put in."""
    said = call(days, "check", "--config", "dev").stderr
    (line,) = [line for line in said.splitlines() if "placeholder" in line]
    assert line.startswith(
        "evergreen: warning: a job could not be submitted yet: cloud.project, cloud.bucket,"
    )
    assert "cloud.image" in line
    assert line.endswith("still hold placeholders; see `evergreen doctor --config dev`")
    cloud = load("dev").require_cloud().model_dump()
    named = re.findall(r"cloud\.(\w+)", line)
    given = {key: cloud[key].replace("my-evergreen", "acme-flights") for key in named if key != "data"}
    given["image"] = given["image"].replace("0" * 64, "1" * 64)
    sets = [word for key, value in given.items() for word in ("--set", f"cloud.{key}={value}")]
    said = call(days, "check", "--config", "dev", *sets).stderr
    (line,) = [line for line in said.splitlines() if "placeholder" in line]
    assert "yet: cloud.data still holds a placeholder; see" in line


def test_check_names_a_schedule_that_cannot_be_kept(days: Path, tmp_path: Path, monkeypatch):
    """Beside the jobs, which are fine."""
    (tmp_path / "environments").mkdir()
    planted = 'schedules = { nightly = { cron = "0 25 * * *" } }\n'
    (tmp_path / "environments" / "dev.tfvars").write_text(planted)
    monkeypatch.setenv(doctor.INSTEAD, str(tmp_path / "environments"))
    result = call(days, "check", "--config", "dev")
    assert result.return_value == STOPPED
    assert "schedule nightly of dev.tfvars: cannot be kept: hour '25' is out of range" in result.stdout
    assert result.stdout.count(" passed") == 18


def test_check_of_a_faulty_file_ends_with_1_and_names_the_fault(days: Path, tmp_path: Path, job):
    job["pipelineSpec"]["root"]["dag"]["tasks"]["Evaluator"]["componentRef"]["name"] = "Evaluater"
    write_job(job, tmp_path, "faulty")
    result = call(days, "check", "--job", str(tmp_path / "faulty.json"))
    assert result.return_value == STOPPED
    assert "Evaluator: component 'Evaluater' is not defined" in result.stdout


@pytest.mark.parametrize("text", ["{", "[]"])
def test_check_of_what_is_no_job_is_a_faulty_command(days: Path, tmp_path: Path, text: str):
    (tmp_path / "job.json").write_text(text)
    result = call(days, "check", "--job", str(tmp_path / "job.json"))
    assert isinstance(result.exception, ConfigError)
    assert result.exception.exit_code == USAGE


def test_check_looks_for_the_outputs_that_the_cache_of_this_machine_would_reuse(days: Path, tmp_path: Path):
    """A run of vertex-local is recorded, then its model is deleted."""
    settings = ("--config", "prod", "--cached-in", "local", "--set", f"root={tmp_path}", "--json")
    assert call(days, "check", *settings).return_value == 0

    (tmp_path / "examples").mkdir()
    connection = sqlite_config(tmp_path / "metadata.sqlite")
    record = Record(connection, "flights", "run-1")
    record.describe({"launch_runner": "vertex-local"})
    task = Task("ExampleGen", {}, {}, {}, frozenset())
    artifact = record.artifact(str(tmp_path / "examples"), {"instanceSchema": "title: tfx.Examples"}, {})
    record.end(record.start(task, {}, "key"), mlmd.Execution.COMPLETE, {"examples": (artifact,)})
    found = json.loads(call(days, "check", *settings).stdout)["alone"][-1]
    assert (found["check"], found["checked"], found["passed"]) == ("cache", 1, True)

    (tmp_path / "examples").rmdir()
    result = call(days, "check", *settings)
    assert result.return_value == STOPPED
    (fault,) = json.loads(result.stdout)["alone"][-1]["faults"]
    assert fault["where"] == "ExampleGen"
    assert "which is gone; set cloud.steps.ExampleGen.cache to false" in fault["what"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--runner", "vertex-local"), "no section `cloud`; take --config dev, preprod or prod"),
        (("--isolate",), "--isolate goes with --runner vertex-local"),
    ],
)
def test_a_run_that_cannot_be_meant_is_refused_before_anything_is_written(
    days: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
):
    result = call(days, "run", *arguments, "--set", f"root={tmp_path / 'root'}")
    assert isinstance(result.exception, ConfigError)
    assert message in str(result.exception)
    assert not (tmp_path / "root").exists()


def test_the_commands_and_their_help_import_nothing_heavy():
    program = (
        "import sys; from pipeline.cli.commands import evergreen\n"
        "for name in ('compile', 'check', 'submit', 'jobs', 'schedule'):\n"
        "    evergreen.commands[name].get_help(__import__('click').Context(evergreen))\n"
        "heavy = ('tensorflow', 'tfx', 'google.api_core', 'google.cloud.storage', 'kfp')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_job_whose_candidates_wait_for_a_person_is_compiled_like_any_other(days: Path):
    result = call(days, "check", "--config", "dev", "--set", "release.policy=manual")
    assert (result.exception, result.return_value) == (None, 0)


@pytest.mark.parametrize(
    ("command", "settings", "message"),
    [
        ("compile", ("release.policy=shadow",), "release.policy is shadow: an endpoint on Vertex AI asks no"),
        ("submit", ("release.policy=shadow",), "release.policy is shadow: an endpoint on Vertex AI asks no"),
        (
            "check",
            ("release.policy=canary", "rollout.stages=[{share: 0.005, requests: 9}]"),
            "a share of 0.005, and an endpoint on Vertex AI divides its traffic by whole percents",
        ),
        ("check", ("release.policy=canary",), ""),
        ("check", ("rollout.stages=[{share: 0.005, requests: 9}]",), ""),
    ],
)
def test_a_rollout_that_no_endpoint_can_do_is_refused(
    days: Path, command: str, settings: tuple[str, ...], message: str
):
    overrides = [word for each in settings for word in ("--set", each)]
    result = call(days, command, "--config", "dev", *overrides)
    assert isinstance(result.exception, ConfigError) == bool(message), result.exception
    assert message in str(result.exception)
