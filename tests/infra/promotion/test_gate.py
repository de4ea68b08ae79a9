"""The gate on a promotion, on jobs as Vertex AI tells of them."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.promotion import gate
from pipeline.launch.record import as_parameters
from tests.infra.local_google import LocalGoogle

PARENT = "projects/preprod/locations/us-central1"
IMAGES = {
    name: f"us-central1-docker.pkg.dev/dev/evergreen/{name}@sha256:{digit * 64}"
    for name, digit in (("pipeline", "a"), ("trainer", "b"), ("serving", "c"))
}
STAGES = {"DataGate": "data", "Evaluator": "model", "InfraValidator": "infra", "Release": "release"}
ARGUMENTS = ["--config", "prod", "--project", "preprod", "--region", "us-central1", "--pipeline", "flights"]
OF_RELEASE = [*ARGUMENTS, "--revision", "v1.2.0", "--images", "images.json"]


# As compiled: a step with Dataflow's workers, an importer, and a training job in text.
SPEC = {
    "pipelineInfo": {"name": "flights"},
    "deploymentSpec": {
        "executors": {
            "a": {
                "container": {
                    "image": IMAGES["pipeline"],
                    "args": ["--project=p", f"--sdk_container_image={IMAGES['pipeline']}"],
                }
            },
            "b": {"importer": {"artifactUri": {}}},
            "c": {"container": {"image": IMAGES["pipeline"], "args": ["--sdk_container_image=unused"]}},
        }
    },
    "root": {
        "dag": {
            "tasks": {
                "Trainer": {
                    "triggerPolicy": {"condition": "{inputs"},
                    "inputs": {
                        "parameters": {
                            "custom_config": {
                                "runtimeValue": {
                                    "constant": json.dumps(
                                        {
                                            "job_spec": {
                                                "worker_pool_specs": [
                                                    {"container_spec": {"image_uri": IMAGES["trainer"]}}
                                                ]
                                            }
                                        }
                                    )
                                }
                            }
                        }
                    },
                }
            }
        }
    },
}


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalGoogle]:
    (tmp_path / "images.json").write_text(json.dumps(IMAGES))
    monkeypatch.chdir(tmp_path)
    server = LocalGoogle()
    monkeypatch.setenv("VERTEX_ENDPOINT", server.url)
    yield server
    server.close()


def add_run(google: LocalGoogle, number: int, state: str = "SUCCEEDED", revision: str = "v1-2-0") -> None:
    """A job of the release, whose gates all passed."""
    name = f"{PARENT}/pipelineJobs/run-{number}"
    record = {"window": json.dumps({"eval_first": "2026-01-01", "eval_last": f"2026-01-0{number}"})}
    google.jobs[f"run-{number}"] = {
        "name": name,
        "state": f"PIPELINE_STATE_{state}",
        "createTime": f"2026-01-0{number}T00:00:00Z",
        "labels": {"evergreen-revision": revision},
        "runtimeConfig": {"parameterValues": as_parameters(record)},
        "pipelineSpec": copy.deepcopy(SPEC),
    }
    tasks = [{"taskName": "flights", "state": "SUCCEEDED"}]
    for stage, judged_by in STAGES.items():
        artifact = f"{PARENT}/metadataStores/default/artifacts/{number}-{judged_by}"
        google.artifacts[artifact] = {
            "name": artifact,
            "metadata": {"blessed": 1.0, "gate": judged_by, "reason": "all checks passed"},
        }
        tasks.append({"taskName": stage, "outputs": {"verdict": {"artifacts": [{"name": artifact}]}}})
    google.details[f"run-{number}"] = {"jobDetail": {"taskDetails": tasks}}


def verdict(google: LocalGoogle, number: int, judged_by: str) -> dict[str, Any]:
    """What a gate wrote on its artifact."""
    return google.artifacts[f"{PARENT}/metadataStores/default/artifacts/{number}-{judged_by}"]["metadata"]


def test_three_windows_that_passed_open_the_way(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 until the third has ended, 0 then; runs of another revision do not count."""
    add_run(google, 9, state="FAILED", revision="v1-1-0")
    for number in (1, 2, 3):
        assert gate.main(OF_RELEASE) == 1
        said = capsys.readouterr().out
        assert (
            "v1.2.0: no verdict: there is no run" if number == 1 else f"{number - 1} of 3 windows"
        ) in said
        add_run(google, number)
    assert gate.main(OF_RELEASE) == 0
    said = capsys.readouterr().out
    assert said.endswith(
        "open: every gate passed in the windows of this release until 2026-01-03, 2026-01-02, 2026-01-01\n"
    )
    assert gate.main([*OF_RELEASE, "--windows", "4"]) == 1


@pytest.mark.parametrize("judged_by", [*STAGES.values()])
def test_a_job_in_which_a_gate_said_no_has_succeeded_and_does_not_open(
    google: LocalGoogle, judged_by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict is read, of every gate; the state of the job says nothing of it."""
    for number in (1, 2, 3):
        add_run(google, number)
    verdict(google, 2, judged_by).update(blessed=0.0, reason="too many nulls")
    assert gate.main(OF_RELEASE) == 1
    assert (
        f"run run-2 (until 2026-01-02) was stopped by gate {judged_by}: too many nulls"
        in capsys.readouterr().out
    )


@pytest.mark.parametrize("blessed", [None, 0.5, 2, "1", [], {}], ids=repr)
def test_what_is_no_verdict_does_not_open(
    google: LocalGoogle, blessed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A property that says neither yes nor no."""
    for number in (1, 2, 3):
        add_run(google, number)
    verdict(google, 1, "model")["blessed"] = blessed
    assert gate.main(OF_RELEASE) == 1
    assert "no verdict: run run-1 (until 2026-01-01) has no verdict of gate model" in capsys.readouterr().out


def test_an_artifact_of_another_gate_is_no_verdict_of_this_one(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is one that a gate's stage wrote beside its verdict."""
    for number in (1, 2, 3):
        add_run(google, number)
    verdict(google, 1, "model")["gate"] = "infra"
    assert gate.main(OF_RELEASE) == 1
    assert "no verdict of gate model" in capsys.readouterr().out


def test_a_release_that_was_withdrawn_does_not_open(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """The withdrawal is written after the job has ended."""
    for number in (1, 2, 3):
        add_run(google, number)
    verdict(google, 3, "release")["withdrawn"] = "wrong labels"
    assert gate.main(OF_RELEASE) == 1
    assert "stopped by gate release: withdrawn: wrong labels" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("use", "before", "after"),
    [
        ("pipeline", r'(?<="image": ")[^"]+', f"us-docker.pkg.dev/p/r/pipeline@sha256:{'d' * 64}"),
        ("dataflow", r"(?<=sdk_container_image=)us[^\"]+", IMAGES["trainer"]),
        ("dataflow", r"(?<=sdk_container_image=)unused", "apache/beam_python3.13_sdk:2.77.0"),
        ("trainer", re.escape(IMAGES["trainer"]), IMAGES["pipeline"]),
        ("trainer", re.escape(IMAGES["trainer"]), "us-central1-docker.pkg.dev/dev/evergreen/trainer:v1.2.0"),
    ],
)
def test_a_run_in_another_image_does_not_count(
    google: LocalGoogle, use: str, before: str, after: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a step, of Dataflow's workers, of the training job: what goes to prod is what was seen."""
    for number in (1, 2, 3):
        add_run(google, number)
    changed, number = re.subn(before, after, json.dumps(SPEC), count=1)
    assert number == 1
    google.jobs["run-2"]["pipelineSpec"] = json.loads(changed)
    assert gate.main(OF_RELEASE) == 1
    assert f"; run run-2 was not in the release's images ({use})" in capsys.readouterr().out


def test_an_image_of_prod_that_preprod_has_not_tried_does_not_open(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prod trains apart; a run that trained in its step says nothing of that image. Dev would take it."""
    for number in (1, 2, 3):
        add_run(google, number)
        del google.jobs[f"run-{number}"]["pipelineSpec"]["root"]
    assert gate.main(OF_RELEASE) == 1
    assert (
        "no run of this release; run run-3 was not in the release's images (trainer)"
        in capsys.readouterr().out
    )
    assert gate.main([*OF_RELEASE, "--config", "dev"]) == 0


@pytest.mark.parametrize("window", ["", "{", "[]", '{"eval_last": 3}', '{"eval_last": "20260103"}'])
def test_a_run_that_names_no_window_is_no_verdict(
    google: LocalGoogle, window: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor is it a window of its own."""
    for number in (1, 2, 3):
        add_run(google, number)
    google.jobs["run-3"]["runtimeConfig"]["parameterValues"] = as_parameters({"window": window})
    assert gate.main(OF_RELEASE) == 1
    assert "no verdict: run run-3 (until no day) does not say which window" in capsys.readouterr().out


def test_a_day_that_was_written_anew_is_no_further_window(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three runs of one day are one window, whatever its data was."""
    for number in (1, 2, 3):
        add_run(google, number)
        record = {"window": '{"eval_last": "2026-01-03"}', "window_fingerprint": str(number)}
        google.jobs[f"run-{number}"]["runtimeConfig"]["parameterValues"] = as_parameters(record)
    assert gate.main(OF_RELEASE) == 1
    assert "too few: 1 of 3 windows" in capsys.readouterr().out


@pytest.mark.usefixtures("google")
def test_a_tag_is_no_image_of_a_release(capsys: pytest.CaptureFixture[str]) -> None:
    """It can be moved between preprod and prod."""
    Path("images.json").write_text(json.dumps({**IMAGES, "trainer": "r-docker.pkg.dev/p/r/trainer:v1.2.0"}))
    assert gate.main(OF_RELEASE) == 2
    assert "does not name pipeline, trainer, serving by digest" in capsys.readouterr().err


def test_an_environment_that_cannot_be_seen_does_not_open(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an earlier environment there is nothing to wait for, but that must be said."""
    google.close()
    assert gate.main(OF_RELEASE) == 1
    assert "asking for the runs of preprod at http://127.0.0.1:" in capsys.readouterr().err
    assert gate.main([*OF_RELEASE, "--project", "none"]) == 0
    assert gate.main([*OF_RELEASE, "--project", ""]) == 2
    assert "EARLIER is empty" in capsys.readouterr().err


@pytest.mark.usefixtures("google")
@pytest.mark.parametrize(
    ("option", "name", "expected"),
    [
        ("--region", "evil.example.com/", "expected a region, as in us-central1"),
        ("--region", "evil.example.com/us-central1", "expected a region, as in us-central1"),
        ("--region", "", "expected a region, as in us-central1"),
        ("--project", "preprod/../prod", "expected a project's id"),
    ],
)
def test_a_place_that_google_has_none_of_is_not_asked(
    option: str, name: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its name would be a part of the address that the token is sent to."""
    assert gate.main([*OF_RELEASE, option, name]) == 2
    assert capsys.readouterr().err.startswith(f"gate: {name!r}: {expected}")
