"""The gate on a promotion, on jobs as Vertex AI tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.promotion import gate
from pipeline.launch.record import as_parameters
from tests.infra.local_google import LocalGoogle

PARENT = "projects/preprod/locations/us-central1"
DIGEST = "sha256:" + "a" * 64
IMAGE = f"us-central1-docker.pkg.dev/dev/evergreen/pipeline@{DIGEST}"
STAGES = {"DataGate": "data", "Evaluator": "model", "InfraValidator": "infra", "Release": "release"}
ARGUMENTS = ["--project", "preprod", "--region", "us-central1", "--pipeline", "flights"]
OF_RELEASE = [*ARGUMENTS, "--revision", "v1.2.0", "--image", IMAGE]


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalGoogle]:
    server = LocalGoogle()
    monkeypatch.setenv("VERTEX_ENDPOINT", server.url)
    yield server
    server.close()


def add_run(google: LocalGoogle, number: int, state: str = "SUCCEEDED", revision: str = "v1-2-0") -> None:
    """A job of the release, whose gates all passed."""
    name = f"{PARENT}/pipelineJobs/run-{number}"
    google.jobs[f"run-{number}"] = {
        "name": name,
        "state": f"PIPELINE_STATE_{state}",
        "createTime": f"2026-01-0{number}T00:00:00Z",
        "labels": {"evergreen-revision": revision},
        "runtimeConfig": {"parameterValues": as_parameters({"window_fingerprint": f"w{number}"})},
        "pipelineSpec": {
            "pipelineInfo": {"name": "flights"},
            "deploymentSpec": {
                "executors": {"a": {"container": {"image": IMAGE}}, "b": {"importer": {"artifactUri": {}}}}
            },
        },
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
        assert f"v1.2.0: too few: {number - 1} of 3 windows" in capsys.readouterr().out
        add_run(google, number)
    assert gate.main(OF_RELEASE) == 0
    assert "preprod: v1.2.0: open: every gate passed in the newest 3 windows" in capsys.readouterr().out
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
    assert f"run run-2 was stopped by gate {judged_by}: too many nulls" in capsys.readouterr().out


@pytest.mark.parametrize("blessed", [None, 0.5, 2, "1", [], {}], ids=repr)
def test_what_is_no_verdict_does_not_open(
    google: LocalGoogle, blessed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A property that says neither yes nor no."""
    for number in (1, 2, 3):
        add_run(google, number)
    verdict(google, 1, "model")["blessed"] = blessed
    assert gate.main(OF_RELEASE) == 1
    assert "no verdict: run run-1 has no verdict of gate model" in capsys.readouterr().out


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


def test_a_tag_is_no_image_of_a_release() -> None:
    """It can be moved between preprod and prod."""
    tagged = [*ARGUMENTS, "--revision", "v1.2.0", "--image", "r-docker.pkg.dev/p/r/pipeline:v1.2.0"]
    with pytest.raises(SystemExit, match="2"):
        gate.main(tagged)


def test_an_environment_that_cannot_be_seen_does_not_open(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an earlier environment there is nothing to wait for, but that must be said."""
    google.close()
    assert gate.main(OF_RELEASE) == 1
    assert "cannot see the runs of preprod" in capsys.readouterr().err
    assert gate.main(["--project", "none", *OF_RELEASE[2:]]) == 0
    assert gate.main(["--project", "", *OF_RELEASE[2:]]) == 2
    assert "EARLIER is empty" in capsys.readouterr().err
