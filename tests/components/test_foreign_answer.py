"""What is no answer of a Google API ends in one line with address, status and what was sent."""

import itertools
import json
from pathlib import Path

import pytest
import requests

from components.example_gen import bigquery_table
from components.example_gen.errors import SpanDataError
from components.foreign_answer import ForeignAnswerError, json_object, refuse
from components.spans.bigquery_partition import Table
from infra import google_apis
from infra.promotion import current_revision, gate, images, request_run
from pipeline.config import load as configs
from pipeline.errors import UserError
from pipeline.runners.vertex import jobs
from pipeline.runners.vertex.bucket import Buckets
from pipeline.runners.vertex.schedule import Schedules
from tests.foreign_server import ANSWERS, JSON, answering, http_answer

NO_ANSWERS = ("bytes", "a greeting", "nothing at all")
# JSON objects: as far as anybody can tell, an API's own.
OBJECTS = ("another object", "an error that is no text")
FOREIGN = [name for name in ANSWERS if name not in (*NO_ANSWERS, *OBJECTS)]


@pytest.fixture(autouse=True)
def _straight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "my-project")
    monkeypatch.setattr(bigquery_table, "ANSWER_TIMEOUT_S", 1.0)


@pytest.fixture
def led_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Leads every client to an address, in a folder with a revision's images."""
    named = {name: f"repository/{name}@sha256:{'0' * 64}" for name in images.IMAGES}
    (tmp_path / "images.json").write_text(json.dumps(named))
    monkeypatch.chdir(tmp_path)

    def lead(address: str) -> None:
        for name in ("STORAGE_EMULATOR_HOST", "VERTEX_ENDPOINT", "BIGQUERY_EMULATOR_HOST"):
            monkeypatch.setenv(name, f"http://{address}")
        for name in ("PUBSUB_EMULATOR_HOST", "BIGQUERY_STORAGE_EMULATOR_HOST"):
            monkeypatch.setenv(name, address)

    return lead


def printed(main, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
    """Calls a command of the promotion, and raises what it printed."""
    code = main(list(arguments))
    line = capsys.readouterr().err
    assert (code, line.count("\n")) == (1, 1)
    raise UserError(line.removesuffix("\n"))


def of_vertex(address: str):
    return configs.load("prod", {"cloud.api_endpoint": f"http://{address}"}).require_cloud()


DOORS = {
    "Vertex AI": lambda address, _: jobs.recent("flights", of_vertex(address), 1),
    "Cloud Scheduler": lambda address, _: Schedules("flights", of_vertex(address)).all(),
    "Cloud Storage": lambda address, _: Buckets(of_vertex(address)).has("gs://bucket/folder"),
    "BigQuery": lambda *_: bigquery_table.listing(Table.parse("bigquery://my-project/d/t")),
    "the function's bucket": lambda *_: google_apis.Bucket("b").files("data/"),
    "the function's query": lambda *_: google_apis.query("my-project", "SELECT 1"),
    "the promotion gate": lambda _, capsys: printed(
        gate.main,
        capsys,
        *(
            "--config",
            "prod",
            "--project",
            "my-project",
            "--region",
            "us-central1",
            "--pipeline",
            "flights",
            "--revision",
            "v1.0.0",
        ),
        *("--images", "images.json"),
    ),
    "the request of a run": lambda _, capsys: printed(
        request_run.main, capsys, "--topic", "projects/p/topics/t"
    ),
}


# Google's client of Cloud Storage repeats these for more than a minute.
REPEATED = [(name, "Cloud Storage") for name in ("nginx's 502", "bytes in a 500")]
TRIED = [pair for pair in itertools.product(FOREIGN, DOORS) if pair not in REPEATED]


@pytest.mark.parametrize(("name", "door"), TRIED)
def test_another_servers_answer_is_one_line(name: str, door: str, led_to, capsys) -> None:
    with answering(ANSWERS[name]) as address:
        led_to(address)
        with pytest.raises((UserError, SpanDataError, ForeignAnswerError)) as refused:
            DOORS[door](address, capsys)
    text = str(refused.value)
    assert text.isprintable()
    status = ANSWERS[name].split()[1].decode()
    assert f"http://{address} answers status {status}" in text or "does not answer" in text
    assert len(text) < 350


@pytest.mark.parametrize("name", NO_ANSWERS)
@pytest.mark.parametrize("door", ["Vertex AI", "the promotion gate", "the request of a run"])
def test_what_is_no_http_is_one_line_with_the_address(name: str, door: str, led_to, capsys) -> None:
    with answering(ANSWERS[name]) as address:
        led_to(address)
        with pytest.raises(UserError) as refused:
            DOORS[door](address, capsys)
    assert str(refused.value).isprintable()
    assert f"at http://{address}" in str(refused.value)


@pytest.mark.parametrize("name", ["a page", "nothing in a 200", "a list", "bytes in a 200", "another object"])
def test_a_pointer_that_is_none_is_one_line(name: str, led_to, capsys) -> None:
    with answering(ANSWERS[name]) as address:
        led_to(address)
        assert current_revision.main(["show", "--bucket", "gs://bucket"]) == 1
    line = capsys.readouterr().err
    assert line.startswith("pointer: current.json holds ")
    assert line.removesuffix("\n").isprintable()


def test_a_table_of_another_shape_is_one_line(led_to) -> None:
    with answering(ANSWERS["another object"]) as address:
        led_to(address)
        with pytest.raises(SpanDataError, match="what answers as BigQuery describes no table"):
            DOORS["BigQuery"](address, None)


def asked(answer: bytes, path: str = "/") -> requests.Response:
    with answering(answer) as address:
        return requests.get(f"http://{address}{path}", timeout=5, allow_redirects=False)


@pytest.mark.parametrize("path", ["/storage/v1/b/b/o/x?alt=media", "/upload/storage/v1/b/b/o"])
def test_content_of_files_may_be_anything(path: str) -> None:
    refuse(asked(ANSWERS["bytes in a 200"], path))


@pytest.mark.parametrize(
    "status", ["400 Bad Request", "404 Not Found", "429 Slow Down", "503 Busy", "308 Resume Incomplete"]
)
def test_what_clients_know_how_to_answer_is_left_to_them(status: str) -> None:
    refuse(asked(http_answer(status, b"<html>")))


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "399 Odd"])
def test_all_else_must_be_json(status: str) -> None:
    refuse(asked(http_answer(status, b"{}", JSON)))
    with pytest.raises(ForeignAnswerError):
        refuse(asked(http_answer(status, b"[]", JSON)))


def test_an_object_must_have_the_key_that_is_asked_for() -> None:
    answer = asked(http_answer("200 OK", b'{"name": 1}', JSON))
    assert json_object(answer, "name") == json_object(answer) == {"name": 1}
    with pytest.raises(ForeignAnswerError, match=r"answers status 200, '\{\"name\": 1\}'; expected JSON"):
        json_object(answer, "id")
