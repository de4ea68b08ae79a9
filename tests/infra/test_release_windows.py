"""A promotion's requests, answered one after the other: each starts the next window of the release."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.functions.trigger import handler, history
from infra.promotion.make_template import make
from pipeline.config import load as configs
from tests.infra.local_google import LocalGoogle, add_released

FIRST_DAY = dt.date(2013, 1, 1)
PARENT = "projects/my-evergreen-dev/locations/us-central1"
POLICY = {"cool_down_h": 6, "max_event_age_h": 6, "max_runs": 5, "budget_days": 7}


@pytest.fixture(scope="module")
def template() -> str:
    return make(configs.load("dev"), "v1.2.0").as_json()


@pytest.fixture
def google(template: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalGoogle]:
    """Seventy days of data, and `current` at a release that has run nowhere."""
    server = LocalGoogle()
    cloud = configs.load("dev").require_cloud()
    bucket, _, folder = cloud.data.removeprefix("gs://").partition("/")
    for number in range(70):
        day = FIRST_DAY + dt.timedelta(days=number)
        server.objects[bucket, f"{folder}/{day}.csv"] = f"a,b\n{number},1\n".encode()
    promote(server, template)
    for key, value in {
        "PROJECT": "my-evergreen-dev",
        "REGION": "us-central1",
        "PROMOTIONS_BUCKET": "promotions",
        "UPLOADS_BUCKET": "uploads",
        "DEAD_LETTER_TOPIC": "dead",
        "RETRAINING": json.dumps(POLICY),
        "STORAGE_EMULATOR_HOST": server.url,
        "VERTEX_ENDPOINT": server.url,
    }.items():
        monkeypatch.setenv(key, value)
    yield server
    server.close()


def promote(google: LocalGoogle, template: str) -> None:
    google.objects["promotions", "template.json"] = template.encode()
    google.objects["promotions", "current.json"] = b'{"template": "template.json"}'


def ask(event: str, capsys: pytest.CaptureFixture[str], **body: Any) -> dict[str, Any]:
    """What the function logs about one message."""
    now = dt.datetime.now(dt.timezone.utc).isoformat().replace("+00:00", "Z")
    data = base64.b64encode(json.dumps({"reason": "manual", **body}).encode()).decode()
    message = {"messageId": event, "publishTime": now, "data": data}
    handler.handle(json.dumps({"message": message}).encode())
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def finish(google: LocalGoogle, state: str = "SUCCEEDED") -> None:
    for job in google.jobs.values():
        if job["state"].endswith("RUNNING"):
            job["state"] = f"PIPELINE_STATE_{state}"


def last_days(google: LocalGoogle) -> list[str]:
    return [
        json.loads(history.record_of(job)["window"])["eval_last"]
        for name, job in google.jobs.items()
        if not name.startswith("old-")
    ]


def test_three_requests_start_the_three_newest_windows_oldest_first(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within the cool-down, each labelled with the release; a fourth request repeats nothing."""
    for number in range(3):
        assert ask(f"e{number}", capsys, windows=3)["rule"] == "start"
        finish(google)
    assert last_days(google) == ["2013-03-09", "2013-03-10", "2013-03-11"]
    assert {job["labels"][history.REVISION_LABEL] for job in google.jobs.values()} == {"v1-2-0"}
    assert ask("e4", capsys, windows=3)["rule"] == "repeated"


def test_a_window_that_failed_is_asked_for_again(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """So that one more request is what a failed machine costs."""
    ask("e1", capsys, windows=2)
    finish(google, "FAILED")
    assert ask("e2", capsys, windows=2)["rule"] == "start"
    assert last_days(google) == ["2013-03-10", "2013-03-10"]


def test_a_window_judged_by_another_release_or_beside_another_champion_is_judged_anew_once(
    google: LocalGoogle, template: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Code of the same fingerprints is another release; a release's own windows move the champion on."""
    ask("e1", capsys, windows=1)
    finish(google)
    promote(google, template.replace("v1.2.0", "v1.2.1"))
    assert ask("e2", capsys, windows=1)["rule"] == "start"
    finish(google)
    add_released(google, PARENT, 1, {})
    assert ask("e3", capsys, windows=1)["rule"] == "repeated"
    assert [job["labels"][history.REVISION_LABEL] for job in list(google.jobs.values())[:2]] == [
        "v1-2-0",
        "v1-2-1",
    ]


def test_a_requested_window_counts_in_the_budget(
    google: LocalGoogle, capsys: pytest.CaptureFixture[str]
) -> None:
    """Promotions cannot spend more than the limit, which is out of a push's reach."""
    for number in range(5):
        assert ask(f"e{number}", capsys, windows=9)["rule"] == "start"
        finish(google)
    assert ask("e5", capsys, windows=9)["rule"] == "budget"
