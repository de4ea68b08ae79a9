"""Promotion of code: what may pass, what is kept, where `current` points."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from google.cloud import storage

from infra.promotion import current_revision, gate, request_run
from tests.infra.local_google import LocalGoogle
from tests.infra.local_storage import LocalStorage

GOOD, BAD, UNDER_WAY = "PIPELINE_STATE_SUCCEEDED", "PIPELINE_STATE_FAILED", "PIPELINE_STATE_RUNNING"


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ([GOOD] * 3, None),
        ([GOOD] * 3 + [BAD], None),
        ([UNDER_WAY, GOOD, GOOD, GOOD], None),
        ([BAD, GOOD, GOOD, GOOD], "only 2 of the last 3 runs succeeded"),
        ([GOOD, GOOD, "PIPELINE_STATE_CANCELLED"], "only 2 of the last 3"),
        ([GOOD, GOOD], "2 runs have finished and the last 3 must have succeeded"),
        ([], "0 runs have finished"),
    ],
)
def test_a_promotion_passes_when_the_last_three_runs_succeeded(states: list[str], why: str | None) -> None:
    """Finished runs count, newest first; too few close the gate."""
    found = gate.judge(states, 3)
    assert (found is None) == (why is None)
    assert (why or "") in (found or "")


def test_the_gate_asks_the_earlier_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 0 or 1, from the jobs that its project lists."""
    google = LocalGoogle()
    monkeypatch.setenv("VERTEX_ENDPOINT", google.url)
    arguments = ["--project", "preprod", "--region", "us-central1", "--pipeline", "flights"]
    for number in range(3):
        assert gate.main(arguments) == 1
        google.jobs[f"run-{number}"] = {
            "state": GOOD,
            "createTime": f"2026-01-0{number + 1}T00:00:00Z",
            "pipelineSpec": {"pipelineInfo": {"name": "flights"}},
        }
    assert gate.main(arguments) == 0
    assert "preprod: the last 3 runs succeeded" in capsys.readouterr().out
    google.close()
    assert gate.main(arguments) == 1
    assert "cannot see the runs of preprod" in capsys.readouterr().err
    assert gate.main(["--project", "", "--region", "r", "--pipeline", "p"]) == 0


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalStorage]:
    server = LocalStorage()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "a-project")
    yield server
    server.close()


def a_template(folder: Path, revision: str, **more: str) -> Path:
    path = folder / "template.json"
    values = {
        "revision": revision,
        "schema": "feature {}",
        "schema_uri": "gs://artifacts/schemas/1/schema.pbtxt",
    }
    path.write_text(json.dumps({**values, **more}))
    return path


def test_current_moves_forth_and_back(local: LocalStorage, tmp_path: Path) -> None:
    """Templates and schema are kept; the pointer names its template and the revision before."""
    for revision in ("v1", "v2"):
        path = a_template(tmp_path, revision)
        assert current_revision.main(["upload", "--bucket", "gs://promotions", "--template", str(path)]) == 0
        assert current_revision.main(["move", "--bucket", "gs://promotions", "--revision", revision]) == 0
    assert json.loads(local.objects["promotions", "current.json"][0])["previous"] == "v1"
    assert local.objects["artifacts", "schemas/1/schema.pbtxt"] == (b"feature {}", 1)
    assert current_revision.main(["move", "--bucket", "gs://promotions", "--revision", "v1"]) == 0
    current = json.loads(local.objects["promotions", "current.json"][0])
    assert (current["revision"], current["template"]) == ("v1", "templates/v1.json")
    assert current["template"] in {name for _, name in local.objects}


def test_a_revision_is_never_overwritten(
    local: LocalStorage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Uploading the same again is harmless; other content under the name is refused."""
    arguments = ["upload", "--bucket", "promotions", "--template"]
    assert current_revision.main([*arguments, str(a_template(tmp_path, "v1"))]) == 0
    assert current_revision.main([*arguments, str(a_template(tmp_path, "v1"))]) == 0
    assert current_revision.main([*arguments, str(a_template(tmp_path, "v1", colour="red"))]) == 1
    assert "templates/v1.json is there already, with other content" in capsys.readouterr().err
    assert b"red" not in local.objects["promotions", "templates/v1.json"][0]


def test_the_pointer_names_only_what_is_there(
    local: LocalStorage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistyped revision is refused with those that there are, and `current` stays."""
    current_revision.main(["upload", "--bucket", "promotions", "--template", str(a_template(tmp_path, "v1"))])
    assert current_revision.main(["move", "--bucket", "promotions", "--revision", "v9"]) == 1
    assert "no revision 'v9'; there are v1" in capsys.readouterr().err
    assert ("promotions", "current.json") not in local.objects


def test_of_two_who_move_at_once_one_is_told(local: LocalStorage, tmp_path: Path) -> None:
    """The second finds the pointer changed since it looked."""
    bucket = storage.Client().bucket("promotions")
    for revision in ("v1", "v2"):
        current_revision.upload(bucket, a_template(tmp_path, revision))
    local.put("promotions", "current.json", b'{"revision": "v0"}', None)

    class Slow(dt.datetime):
        def isoformat(self, *_: Any, **__: Any) -> str:
            local.put("promotions", "current.json", b'{"revision": "v2"}', None)
            return "now"

    with pytest.raises(current_revision.PromotionError, match="somebody else moved"):
        current_revision.move(bucket, "v1", Slow(2026, 11, 21))
    assert current_revision.show(bucket)["revision"] == "v2"


def test_requesting_a_run_publishes_a_manual_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the function reads as manual; a mistyped topic is a usage error."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append({"path": self.path, **body["messages"][0]})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"messageIds": ["1"]}')

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", f"127.0.0.1:{server.server_address[1]}")
    assert request_run.main(["--topic", "projects/p/topics/events", "--detail", "v1"]) == 0
    assert request_run.main(["--topic", "events"]) == 2
    assert request_run.main(["--topic", "projects/p/topics/events", "--windows", "3"]) == 0
    server.shutdown()
    message, *for_windows = received
    said = [json.loads(base64.b64decode(each["data"])) for each in for_windows]
    assert said == [{"reason": "manual", "detail": "", "windows": 3}] * 3
    assert message["path"] == "/v1/projects/p/topics/events:publish"
    assert json.loads(base64.b64decode(message["data"])) == {"reason": "manual", "detail": "v1"}


@pytest.mark.parametrize("revision", ["", " ", "v 1", "v1\n", "v\x1b1"], ids=ascii)
def test_a_revision_has_a_name(revision: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked for before."""
    with pytest.raises(SystemExit, match="2"):
        current_revision.main(["move", "--bucket", "b", "--revision", revision])
    assert "is no revision; expected a tag or a commit" in capsys.readouterr().err


@pytest.mark.parametrize("detail", [" ", "a\nb"], ids=ascii)
def test_a_detail_that_is_given_says_something(detail: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without one a run is requested all the same."""
    assert request_run.main(["--topic", "projects/p/topics/t", "--detail", detail]) == 2
    assert capsys.readouterr().err.startswith("request_run: --detail: ")


@pytest.mark.parametrize("windows", ["11", "-1", "x", "1.5"])
def test_windows_are_few(windows: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the function would send to the dead letters is not sent."""
    with pytest.raises(SystemExit, match="2"):
        request_run.main(["--topic", "projects/p/topics/t", f"--windows={windows}"])
    assert "is no number of windows; expected 0 to 10" in capsys.readouterr().err
