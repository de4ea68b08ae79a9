"""Every command for the cloud where nobody is logged in: one sentence, exit code 2, no traceback."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.promotion import current_revision, gate, images, request_run
from pipeline.cli import main as command_line

TOPIC = "projects/my-project/topics/evergreen-events"
PROMOTIONS = "gs://my-project-evergreen-promotions"
IMAGES = "us-central1-docker.pkg.dev/my-project/evergreen"
TABLE = ["--set", "data.format=bigquery", "--set", "data.source=bigquery://my-project/sales/flights"]


def evergreen(arguments: list[str]) -> int:
    """Runs the command line in this process; returns its exit code."""
    sys.argv = ["evergreen", *arguments]
    return command_line._exit_code()


COMMANDS: dict[str, tuple[Callable[[list[str]], int], list[str]]] = {
    "submit": (evergreen, ["submit", "--config", "dev"]),
    "submit --dry-run": (evergreen, ["submit", "--config", "dev", "--dry-run"]),
    "jobs": (evergreen, ["jobs", "--config", "dev"]),
    "schedule list": (evergreen, ["schedule", "list", "--config", "dev"]),
    "schedule pause": (evergreen, ["schedule", "pause", "nightly", "--config", "dev"]),
    "runs": (evergreen, ["runs", "--from", "vertex", "--config", "dev"]),
    "lineage": (evergreen, ["lineage", "--from", "vertex", "--config", "dev", "1.0.1"]),
    "run over a table": (evergreen, ["run", "--config", "local", *TABLE]),
    "promotion gate": (
        gate.main,
        [
            *("--config", "prod", "--project", "my-project", "--region", "us-central1"),
            *("--pipeline", "flights"),
            *("--revision", "v1.0.0", "--images", "images.json"),
        ],
    ),
    "resolve images": (
        images.main,
        ["resolve", "--repository", IMAGES, "--tag", "v1.0.0", "--into", "build/none.json"],
    ),
    "request run": (request_run.main, ["--topic", TOPIC]),
    "move": (current_revision.main, ["move", "--bucket", PROMOTIONS, "--revision", "v1.0.0"]),
    "show": (current_revision.main, ["show", "--bucket", PROMOTIONS]),
}


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key, no gcloud, no metadata server."""
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.chdir(tmp_path)
    named = {name: f"{IMAGES}/{name}@sha256:{'0' * 64}" for name in images.IMAGES}
    (tmp_path / "images.json").write_text(json.dumps(named))
    monkeypatch.setattr("sys.argv", sys.argv)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_for_the_cloud_says_who_must_log_in(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was begun, and the command that helps."""
    call, arguments = COMMANDS[command]
    assert call(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0, said
    assert "nobody is logged in to Google Cloud" in said
    assert "`gcloud auth application-default login`" in said
    assert "Traceback" not in said
    assert said.partition("nobody is logged in to Google Cloud")[2].startswith("; run `gcloud auth ")
    assert said.count("gcloud auth") == 1


@pytest.mark.parametrize("key", ["", "{", '{"type": "service_account"}', '{"type": "whatever"}'])
def test_a_key_file_that_is_none_is_no_login(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence says which file, and nothing of what is in it."""
    (tmp_path / "key.json").write_text(key)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    assert evergreen(["jobs", "--config", "dev"]) == 2
    assert "key.json" in capsys.readouterr().err
