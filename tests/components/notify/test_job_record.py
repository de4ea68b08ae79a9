"""The last step of a job reads from the others' outputs how the job ended."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.notify.job_record import ending_of
from monitoring.notify.rule import message_of

WINDOW = {"train_first": "2013-01-01", "eval_last": "2013-01-09"}
NAME = "projects/123/locations/europe-west1/pipelineJobs/flights-1"
OPEN = {"passed": True, "reason": "all 3 checks passed", "checks": []}
CLOSED = {"passed": False, "reason": "too few rows", "checks": []}


def write(
    root: Path, step: str, gate: str, verdict: dict[str, Any], version: str = "", job: str = "flights-1"
):
    folder = root / "123" / job / f"{step}_-4567" / "verdict"
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text(json.dumps({"gate": gate, **verdict}))
    if version:
        (folder / "release.json").write_text(json.dumps({"version": version}))


def ended(root: Path, state: str = "SUCCEEDED", **more: Any):
    status = {"state": state, "pipelineJobResourceName": NAME, **more}
    return ending_of(status, "flights", str(root), WINDOW, "immediate")


def test_a_release_is_told_with_version_window_and_the_console_s_page(tmp_path: Path):
    for step, gate in (("Release", "release"), ("DataGate", "data"), ("Evaluator", "model")):
        write(tmp_path, step, gate, OPEN, "1.0.7" if gate == "release" else "")
    write(tmp_path, "DataGate", "data", CLOSED, job="flights-2")
    ending = ended(tmp_path)
    assert (ending.state, ending.released, ending.run) == ("succeeded", "1.0.7", "flights-1")
    assert [each["gate"] for each in ending.verdicts] == ["data", "model", "release"]
    assert ending.window == "2013-01-01 … 2013-01-09"
    assert ending.log == (
        "https://console.cloud.google.com/vertex-ai/locations/europe-west1/pipelines/runs/flights-1?project=123"
    )


def test_a_job_that_succeeded_with_a_closed_gate_was_stopped(tmp_path: Path):
    write(tmp_path, "DataGate", "data", CLOSED)
    message = message_of(ended(tmp_path))
    assert (message.kind, message.text) == ("run-stopped", "data gate: too few rows")


def test_a_release_that_was_not_made_has_no_version(tmp_path: Path):
    write(tmp_path, "Evaluator", "model", OPEN)
    write(tmp_path, "Release", "release", CLOSED, "1.0.7")
    assert (ended(tmp_path).state, ended(tmp_path).released) == ("stopped", "")


def test_where_every_verdict_came_from_the_cache_that_is_said(tmp_path: Path):
    assert ended(tmp_path).state == "stopped"
    assert "comes from the cache" in message_of(ended(tmp_path)).text


@pytest.mark.parametrize(
    ("state", "error", "text"),
    [
        ("FAILED", {"error": {"code": 9, "message": "Trainer: out\n of memory"}}, "Trainer: out of memory"),
        ("CANCELLED", {}, "The job ended as CANCELLED."),
        ("FAILED", {}, "The job ended as FAILED."),
    ],
)
def test_a_failed_job_is_told_with_its_error(tmp_path: Path, state: str, error: dict[str, Any], text: str):
    message = message_of(ended(tmp_path, state, **error))
    assert (message.kind, message.text) == ("run-failed", text)


def test_warnings_are_read_from_the_verdicts_files(tmp_path: Path):
    warns = {"passed": False, "action": "warn", "reason": "temp moved"}
    write(tmp_path, "DataGate", "data", {**OPEN, "checks": [warns]})
    write(tmp_path, "Release", "release", OPEN, "1.0.7")
    message = message_of(ended(tmp_path))
    assert (message.kind, message.text) == ("run-warned", "Warning of the data gate: temp moved")


def test_a_status_in_the_other_spelling_is_read_and_one_without_a_job_refused(tmp_path: Path):
    status = {"state": "SUCCEEDED", "pipeline_job_resource_name": NAME}
    assert ending_of(status, "flights", str(tmp_path), WINDOW, "immediate").run == "flights-1"
    with pytest.raises(ValueError, match="names no job"):
        ending_of({"state": "SUCCEEDED"}, "flights", str(tmp_path), WINDOW, "immediate")
