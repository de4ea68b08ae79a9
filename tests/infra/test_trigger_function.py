"""The packed trigger function, on its own Python and lock, under the real framework and emulator."""

from __future__ import annotations

import base64
import collections
import contextlib
import datetime as dt
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import load as configs
from tests.infra.function_processes import call, free_port, pubsub_emulator, trigger_function
from tests.infra.local_google import LocalGoogle, add_released

pytestmark = pytest.mark.slow

PROJECT, REGION, TOPIC, DEAD = "a-project", "us-central1", "events", "dead-letters"
POLICY = {"cool_down_h": 1, "max_event_age_h": 6, "max_runs": 5, "budget_days": 7}
FIRST_DAY = dt.date(2013, 1, 1)


@pytest.fixture(scope="module")
def template() -> str:
    from infra.promotion.make_template import make

    return make(configs.load("dev"), "v1.2.3").as_json()


@pytest.fixture(scope="module")
def server() -> Iterator[LocalGoogle]:
    answering = LocalGoogle()
    yield answering
    answering.close()


@pytest.fixture
def google(server: LocalGoogle, template: str) -> LocalGoogle:
    """A data bucket with 70 days, a revision that `current` points at, and no job yet."""
    server.forget()
    cloud = configs.load("dev").cloud
    assert cloud is not None
    bucket, _, folder = cloud.data.removeprefix("gs://").partition("/")
    for number in range(70):
        day = FIRST_DAY + dt.timedelta(days=number)
        server.objects[bucket, f"{folder}/{day}.csv"] = f"a,b\n{number},1\n".encode()
    server.objects["promotions", "templates/v1.2.3.json"] = template.encode()
    server.objects["promotions", "current.json"] = b'{"template": "templates/v1.2.3.json"}'
    return server


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from infra.functions.package import pack

    folder = tmp_path_factory.mktemp("trigger")
    pack(folder / "trigger.zip")
    with zipfile.ZipFile(folder / "trigger.zip") as packed:
        packed.extractall(folder / "source")
    return folder / "source"


@pytest.fixture(scope="module")
def pubsub_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def pubsub(pubsub_port: int, address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The emulator, its topic subscribed by the function; skips where there is no emulator."""
    with pubsub_emulator(pubsub_port, tmp_path_factory.mktemp("emulator") / "log") as emulator:
        for topic in (TOPIC, DEAD):
            call("PUT", f"{emulator}/v1/projects/{PROJECT}/topics/{topic}", {})
        kept = {"topic": f"projects/{PROJECT}/topics/{DEAD}"}
        push = {
            "topic": f"projects/{PROJECT}/topics/{TOPIC}",
            "pushConfig": {"pushEndpoint": address},
            "retryPolicy": {"minimumBackoff": "0.1s", "maximumBackoff": "1s"},
        }
        for name, subscription in (("kept", kept), ("trigger", push)):
            url = f"{emulator}/v1/projects/{PROJECT}/subscriptions/{name}"
            assert call("PUT", url, subscription)[0] == 200
        yield emulator


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("function") / "log"


@pytest.fixture(scope="module")
def address(server: LocalGoogle, source: Path, pubsub_port: int, log: Path) -> Iterator[str]:
    """The running function."""
    variables = {
        "PROJECT": PROJECT,
        "REGION": REGION,
        "PROMOTIONS_BUCKET": "promotions",
        "UPLOADS_BUCKET": "uploads",
        "DEAD_LETTER_TOPIC": DEAD,
        "RETRAINING": json.dumps(POLICY),
        "STORAGE_EMULATOR_HOST": server.url,
        "VERTEX_ENDPOINT": server.url,
        "PUBSUB_EMULATOR_HOST": f"127.0.0.1:{pubsub_port}",
    }
    with trigger_function(source, variables, log) as started:
        yield started


def received(pubsub: str) -> list[dict[str, Any]]:
    """The messages that wait in the dead letters; they are acknowledged."""
    kept = f"{pubsub}/v1/projects/{PROJECT}/subscriptions/kept"
    answer = call("POST", f"{kept}:pull", {"maxMessages": 10, "returnImmediately": True})[1]
    messages = answer.get("receivedMessages", [])
    if messages:
        call("POST", f"{kept}:acknowledge", {"ackIds": [each["ackId"] for each in messages]})
    return [each["message"] for each in messages]


class Function:
    """The running function, and what it has said since the test began."""

    def __init__(self, address: str, log: Path):
        self.address = address
        self._log = log
        self._begin = log.stat().st_size

    def everything(self) -> str:
        """What it printed."""
        return self._log.read_bytes()[self._begin :].decode()

    def said(self) -> list[dict[str, Any]]:
        """What it logged about its decisions."""
        lines = []
        for line in self.everything().splitlines():
            with contextlib.suppress(ValueError):
                lines.append(json.loads(line))
        return [line for line in lines if isinstance(line, dict) and "rule" in line]


def answered(function: Function) -> list[str]:
    """The rules that decided, of events that are not asked again and are no dead letters."""
    said = function.said()
    return [line["rule"] for line in said if not line.get("again") and line["rule"] != "unusable"]


@pytest.fixture
def function(google: LocalGoogle, address: str, log: Path) -> Function:
    assert not google.jobs
    return Function(address, log)


def published(pubsub: str, data: bytes, **attributes: str) -> str:
    """Publishes a message, without data where there is none; returns its id."""
    message: dict[str, Any] = {"attributes": attributes}
    if data:
        message["data"] = base64.b64encode(data).decode()
    status, answer = call(
        "POST", f"{pubsub}/v1/projects/{PROJECT}/topics/{TOPIC}:publish", {"messages": [message]}
    )
    assert status == 200
    return answer["messageIds"][0]


def pushed(function: Function, message_id: str, reason: str, when: dt.datetime) -> int:
    """Delivers a message as Pub/Sub pushes it; returns the status."""
    data = base64.b64encode(json.dumps({"reason": reason}).encode()).decode()
    message = {"data": data, "messageId": message_id, "publishTime": when.isoformat().replace("+00:00", "Z")}
    return call("POST", function.address, {"message": message, "subscription": "s"})[0]


def eventually(holds: Callable[[], Any], within_s: float = 20) -> Any:
    """The first true value."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {within_s:g} s in vain")


def now() -> dt.datetime:
    """Asked for when it is needed: between the import of this module and a test an hour may pass."""
    return dt.datetime.now(dt.timezone.utc)


@pytest.mark.usefixtures("function")
def test_an_event_submits_the_current_template_with_its_reason(google: LocalGoogle, pubsub: str) -> None:
    """From the topic to a job that parses as the API's message: the newest days, the reason attached."""
    published(pubsub, b'{"reason": "schedule", "detail": "nightly"}')
    job = eventually(lambda: next(iter(google.jobs.values()), None))
    values = job["runtimeConfig"]["parameterValues"]
    days = configs.load("dev").window.days
    last = FIRST_DAY + dt.timedelta(days=69)
    assert json.loads(values["launch_window"]) == {
        "train_first": str(last - dt.timedelta(days=days - 1)),
        "train_last": str(last - dt.timedelta(days=configs.load("dev").window.eval_days)),
        "eval_first": str(last - dt.timedelta(days=configs.load("dev").window.eval_days - 1)),
        "eval_last": str(last),
    }
    assert values["launch_reason"] == "schedule: nightly"
    assert job["labels"]["evergreen-reason"] == "schedule"
    assert job["labels"]["evergreen-revision"] == "v1-2-3"
    assert not re.search(r"\{\{\w+\}\}", json.dumps(job))


def test_a_delivery_that_seemed_to_fail_starts_no_second_run(
    google: LocalGoogle, function: Function, pubsub: str
) -> None:
    """The job was created, the answer was lost, Pub/Sub delivers again: still one job."""
    google.answer_once = 503
    published(pubsub, b'{"reason": "schedule"}')
    lines = eventually(function.said)
    assert [line["rule"] for line in lines] == ["delivered"]
    assert google.created == 1


def test_an_event_that_meets_a_run_is_asked_again_and_what_is_done_is_not(
    google: LocalGoogle, function: Function
) -> None:
    """One run at a time, then the cool-down. Even a person asks in vain for what is done."""
    assert pushed(function, "a", "schedule", now()) == 200
    (job,) = google.jobs.values()
    assert pushed(function, "b", "drift", now()) == 429
    job["state"] = "PIPELINE_STATE_FAILED"
    assert pushed(function, "c", "drift", now()) == 429
    assert pushed(function, "d", "drift", now() - dt.timedelta(hours=5.5)) == 200
    job["state"] = "PIPELINE_STATE_SUCCEEDED"
    assert pushed(function, "e", "manual", now()) == 200
    assert [(line["rule"], line.get("again")) for line in function.said()] == [
        ("start", False),
        ("busy", True),
        ("cool-down", True),
        ("cool-down", False),
        ("repeated", False),
    ]
    (job_id,) = google.jobs
    assert (
        function.said()[-1]["reason"] == f"run {job_id} has done this window with this code and configuration"
    )
    assert google.created == 1
    assert "Traceback" not in function.everything()


def test_an_event_that_met_a_run_starts_the_next_one(
    google: LocalGoogle, function: Function, pubsub: str
) -> None:
    """The real emulator delivers again what was answered with 429, until the run has ended."""
    assert pushed(function, "a", "schedule", now()) == 200
    (job,) = google.jobs.values()
    job["createTime"] = (now() - dt.timedelta(hours=3)).isoformat().replace("+00:00", "Z")
    published(pubsub, b'{"reason": "drift"}')
    eventually(lambda: len([line for line in function.said() if line["rule"] == "busy"]) >= 2)
    assert google.created == 1
    asked_of_the_data = google.listings
    job["state"] = "PIPELINE_STATE_FAILED"
    eventually(lambda: google.created == 2)
    assert google.listings > asked_of_the_data
    assert asked_of_the_data == 1, "the window was read while a run was under way"


def test_what_fails_for_a_moment_is_asked_once_more(google: LocalGoogle, function: Function) -> None:
    """A request that only reads is repeated; the event needs no second delivery."""
    google.read_faults = [503, 429]
    assert pushed(function, "a", "schedule", now()) == 200
    assert [line["rule"] for line in function.said()] == ["start"]
    google.read_faults = [503, 503, 503]
    assert pushed(function, "b", "schedule", now()) == 500


def test_what_asks_for_nothing_and_an_id_that_is_no_text_leave_no_dead_letter(
    google: LocalGoogle, function: Function, pubsub: str
) -> None:
    """A closed alert, a folder below ready/, what lies in it: a line each. The id starts a run."""
    closed = {"incident": {"state": "closed", "policy_user_labels": {"reason": "drift"}}}
    data = base64.b64encode(json.dumps(closed).encode()).decode()
    told = {"eventType": "OBJECT_FINALIZE", "bucketId": "uploads", "payloadFormat": "JSON_API_V1"}
    for message in (
        {"data": data},
        {"attributes": {**told, "objectId": "ready/"}},
        {"attributes": {**told, "objectId": "ready/x/y"}},
    ):
        body = {"messageId": "m", "publishTime": now().isoformat(), **message}
        assert call("POST", function.address, {"message": body, "subscription": "s"})[0] == 200
    assert pushed(function, "\ud800", "schedule", now()) == 200
    assert [line["rule"] for line in function.said()] == ["nothing", "nothing", "nothing", "start"]
    assert google.created == 1
    assert received(pubsub) == []


@pytest.mark.parametrize(
    "message",
    [
        {"attributes": ["a"], "data": ""},
        {"data": 7},
        {"data": ["a"]},
        {"data": base64.b64encode(b"[" * 100_000).decode()},
        {"data": base64.b64encode(b'{"reason": "\\ud800' + b"x" * 5000 + b'"}').decode()},
        {"data": base64.b64encode(b'{"incident": {"policy_user_labels": 3}}').decode()},
        {"data": base64.b64encode('{"reason": "€uro"}'.encode() * 500).decode()},
        {"data": base64.b64encode(b"x" * 9_900_000).decode()},
        {"attributes": {"objectId": "ready/x", "eventType": "OBJECT_FINALIZE", "bucketId": "another"}},
        {"data": base64.b64encode(b'{"reason": "manual"}').decode(), "publishTime": "2999-01-01T00:00:00Z"},
    ],
    ids=["attributes", "number", "list", "deep", "long", "labels", "bytes", "large", "bucket", "future"],
)
def test_what_cannot_be_read_goes_to_the_dead_letters(
    function: Function, pubsub: str, message: dict[str, Any]
) -> None:
    """Acknowledged, kept with its cause, no crash."""
    body = {"message": {"messageId": "m", "publishTime": now().isoformat(), **message}, "subscription": "s"}
    assert call("POST", function.address, body)[0] == 200
    assert [line["rule"] for line in function.said()] == ["unusable"]
    assert "Traceback" not in function.everything()
    pulled = eventually(lambda: received(pubsub))
    assert 0 < len(pulled[0]["attributes"]["why"].encode()) <= 1024


def test_a_half_written_day_starts_no_run_and_the_log_says_why(
    google: LocalGoogle, function: Function, template: str
) -> None:
    """Parquet with markers: the newest day counts once its marker is there, and is named until then."""
    promoted = json.loads(template)
    promoted["config"]["data"] |= {"format": "parquet", "ready_marker": ".done"}
    google.objects["promotions", "templates/v1.2.3.json"] = json.dumps(promoted).encode()
    for bucket, name in [key for key in google.objects if key[1].endswith(".csv")]:
        day = name.removesuffix(".csv")
        google.objects[bucket, f"{day}.parquet"] = google.objects.pop((bucket, name))
        google.objects[bucket, f"{day}.parquet.done"] = b""
    newest = f"{day[:-10]}{FIRST_DAY + dt.timedelta(days=70)}.parquet"
    pushed(function, "a", "manual", now())
    (job,) = google.jobs.values()
    job["state"] = "PIPELINE_STATE_SUCCEEDED"
    google.objects[bucket, newest] = b"half"
    pushed(function, "b", "manual", now())
    google.objects[bucket, f"{newest}.done"] = b""
    pushed(function, "c", "manual", now())
    assert [line["rule"] for line in function.said()] == ["start", "repeated", "start"]
    assert function.said()[1]["reason"].endswith(
        "with this code and configuration; left out: 2013-03-12.parquet (still being written; wait, or "
        "change data.ready_marker or data.ready_after_s)"
    )
    launched = [job["runtimeConfig"]["parameterValues"]["launch_window"] for job in google.jobs.values()]
    assert [json.loads(window)["eval_last"] for window in launched] == ["2013-03-11", "2013-03-12"]


def test_a_failed_launch_is_tried_again_under_another_id(google: LocalGoogle, function: Function) -> None:
    """A person need not wait for the cool-down; the second attempt has its own job."""
    pushed(function, "a", "schedule", now())
    next(iter(google.jobs.values()))["state"] = "PIPELINE_STATE_FAILED"
    pushed(function, "b", "manual", now())
    first, second = google.jobs
    assert first != second
    assert first[:-16] == second[:-16] == "flights-20130311-"


def test_a_late_message_starts_nothing(google: LocalGoogle, function: Function) -> None:
    """A message from the day before is acknowledged and named."""
    assert pushed(function, "a", "schedule", now() - dt.timedelta(hours=25)) == 200
    (line,) = function.said()
    assert (line["rule"], line["threshold"]) == ("late", 6)
    assert google.created == 0


@pytest.mark.usefixtures("function")
def test_what_cannot_be_parsed_goes_to_the_dead_letters_with_the_cause(
    google: LocalGoogle, pubsub: str
) -> None:
    """Kept for a person, and not delivered again."""
    published(pubsub, b"\xff no JSON")
    pull = f"{pubsub}/v1/projects/{PROJECT}/subscriptions/kept:pull"
    received = eventually(
        lambda: call("POST", pull, {"maxMessages": 10, "returnImmediately": True})[1].get("receivedMessages")
    )
    assert len(received) == 1
    assert "not JSON in base64" in received[0]["message"]["attributes"]["why"]
    assert (
        base64.b64encode(b"\xff no JSON").decode()
        in base64.b64decode(received[0]["message"]["data"]).decode()
    )
    assert google.created == 0


def test_the_pointer_is_followed_forth_and_back(
    google: LocalGoogle, function: Function, template: str
) -> None:
    """Moving `current` changes what the next event submits; going back is moving it again."""
    google.objects["promotions", "templates/v1.3.0.json"] = template.replace("v1.2.3", "v1.3.0").encode()
    submitted = []
    for number, revision in enumerate(("v1.3.0", "v1.2.3")):
        google.objects["promotions", "current.json"] = json.dumps(
            {"template": f"templates/{revision}.json"}
        ).encode()
        pushed(function, f"event-{number}", "manual", now())
        job = list(google.jobs.values())[-1]
        job["state"] = "PIPELINE_STATE_FAILED"
        submitted.append(job["labels"]["evergreen-revision"])
    assert submitted == ["v1-3-0", "v1-2-3"]


def test_the_champion_is_the_last_release_that_was_not_withdrawn(
    google: LocalGoogle, function: Function
) -> None:
    """The candidate is compared with it: its model is imported, its version is recorded."""
    for number, more in ((1, {}), (2, {"withdrawn": "bad"})):
        add_released(google, f"projects/{PROJECT}/locations/{REGION}", number, more)
    pushed(function, "a", "manual", now())
    job = list(google.jobs.values())[-1]
    assert job["runtimeConfig"]["parameterValues"]["launch_champion"] == "1.0.1"
    assert "gs://bucket/model-1" in json.dumps(job["pipelineSpec"])
    assert "gs://bucket/model-2" not in json.dumps(job["pipelineSpec"])


FOLDER = {"eventType": "OBJECT_FINALIZE", "bucketId": "uploads", "objectId": "ready/"}
STORM: tuple[tuple[bytes, dict[str, str], str | None], ...] = (
    (b'{"reason": "schedule"}', {}, None),
    (b"", {"objectId": "ready/2013-03-11", "eventType": "OBJECT_FINALIZE", "bucketId": "uploads"}, None),
    (b"", FOLDER, None),
    (b"", {**FOLDER, "bucketId": "another"}, "another"),
    (b"", {"nothing": "in it"}, r"Expecting value: line 1 column 1"),
    (b"\xff", {}, "can't decode byte"),
    (b'{"incident": {"state": "open", "policy_user_labels": {"reason": "drift"}}}', {}, None),
    (b'{"incident": {"state": "closed", "policy_user_labels": {"reason": "drift"}}}', {}, None),
    (b'{"reason": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", {}, "deeply|recursion"),
    (
        b'"' + b"x" * 7_000_000 + b'"',
        {},
        "is a str; expected an object with a reason; the first 7,000,000 of",
    ),
)


def test_a_storm_of_events_ends_in_one_run_and_a_dead_letter_for_what_cannot_be_read(
    google: LocalGoogle, function: Function, pubsub: str
) -> None:
    """All at once, while Vertex AI refuses, breaks off in the middle, and pages its jobs with holes."""
    while received(pubsub):
        pass
    for number in range(1, 6):
        add_released(google, f"projects/{PROJECT}/locations/{REGION}", number, {})
    google.read_faults = [503, 429, 0, 503, 503, 503, 0, 429, 500]
    google.create_faults, google.answer_once = [429, 503], 503
    sent = {published(pubsub, data, **attributes): why for data, attributes, why in STORM * 2}
    eventually(lambda: google.created, within_s=90)
    letters: list[dict[str, Any]] = []
    unreadable = [why for why in sent.values() if why]

    def of_each(letters: list[dict[str, Any]]) -> bool:
        """Two of each kind at least: a slow answer is delivered again, and so is its letter."""
        said = [letter["attributes"]["why"] for letter in letters]
        return all(sum(bool(re.search(why, each)) for each in said) >= 2 for why in {*unreadable})

    eventually(lambda: letters.extend(received(pubsub)) or of_each(letters), within_s=90)
    (job,) = (job for name, job in google.jobs.items() if not name.startswith("old-"))
    job["state"] = "PIPELINE_STATE_SUCCEEDED"
    job["createTime"] = (now() - dt.timedelta(hours=3)).isoformat().replace("+00:00", "Z")
    wanted = len(sent) - len(unreadable)
    eventually(lambda: len(answered(function)) >= wanted, within_s=90)
    rules = collections.Counter(answered(function))
    assert rules.pop("nothing") == 4
    # This server answers several at a time, and Google's one: which of them started the run is by chance.
    assert set(rules) <= {"start", "delivered", "repeated"}
    assert google.created == 1
