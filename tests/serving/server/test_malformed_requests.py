"""12,000 malformed messages, by a seeded generator, to the REST API of a real model."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from serving.models.follower import Follower
from serving.models.highest_number import HighestNumber
from serving.models.versions import ModelVersions
from serving.server.predictor import Predictor
from serving.server.rest_api import RestApp
from serving.server.settings import ServerSettings
from tests.serving.asking import MODEL
from tests.serving.servable_samples import expected_score
from tests.serving.server.http_in_process import LIMITS, Answer, Running, answers, running

MESSAGES = 12_000
PIPELINED = 200
ROW = {"distance": 3, "hour": 7, "carrier": "UA"}
BODY = json.dumps({"instances": [ROW]}).encode()
Rng = random.Random


@pytest.fixture(scope="module")
def rest(model_base: Path) -> Iterator[Running]:
    from serving.models.model import ServableModel

    follower = Follower(MODEL, HighestNumber(model_base), lambda folder, _files: ServableModel(folder))
    follower.start(60)
    app = RestApp(Predictor(ModelVersions(follower)), ServerSettings(MODEL, model_base))
    with running(app, replace(LIMITS, header_seconds=20, body_seconds=20)) as server:
        yield server
    follower.stop()


def post(body: bytes, path: str = f"/v1/models/{MODEL}:predict", headers: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def anywhere(rng: Rng, text: bytes, inserted: bytes) -> bytes:
    place = rng.randrange(len(text))
    return text[:place] + inserted + text[place:]


WRONG: list[object] = [None, [], {}, [1, [2]], {"b64": "?"}, True, "text", [[[1]]]]
NOT_WHOLE: list[object] = [-0.5, 10**30, 1e300]


def row_body(rng: Rng) -> bytes:
    """A row that no signature takes."""
    column, value = rng.choice([("distance", WRONG), ("hour", WRONG + NOT_WHOLE), ("unknown", [1])])
    rows = [ROW] * rng.randrange(3) + [{**ROW, column: rng.choice(value)}]
    return json.dumps({"instances": rows}).encode()


BAD_BODIES: list[Callable[[Rng], bytes]] = [
    lambda rng: BODY[: rng.randrange(len(BODY))],
    lambda rng: anywhere(rng, BODY, b"\0"),
    lambda rng: rng.randbytes(rng.randrange(300)),
    lambda rng: b"[" * rng.randrange(1, 5000),
    lambda rng: json.dumps(rng.choice([None, 1, [], {}, "a", {"inputs": None}, {"instances": []}])).encode(),
    row_body,
]
BAD_REQUESTS: list[Callable[[Rng], bytes]] = [
    lambda rng: post(rng.choice(BAD_BODIES)(rng)),
    lambda rng: post(rng.choice(BAD_BODIES)(rng)),
    lambda rng: post(
        BODY, f"/v1/models/{rng.choice(['x', '%00', MODEL + '/versions/9', 'a' * 3000])}:predict"
    ),
    lambda rng: post(BODY, f"/{rng.randbytes(20).hex()}"),
    lambda rng: post(BODY, headers=f"Content-Encoding: {rng.choice(['gzip', 'br', ',', 'x' * 999])}\r\n"),
    lambda rng: (
        b"%s /v1/models/%s HTTP/1.1\r\n\r\n" % (rng.choice([b"PUT", b"DELETE", b"TRACE"]), MODEL.encode())
    ),
]
HEAD = post(BODY)[: -len(BODY)]
BAD_BYTES: list[Callable[[Rng], bytes]] = [
    lambda rng: anywhere(rng, HEAD, b"\0") + BODY,
    lambda rng: (HEAD + BODY)[: rng.randrange(1, len(HEAD + BODY))],
    lambda rng: b"\xff" + rng.randbytes(rng.randrange(1000)),
    lambda rng: (
        HEAD.replace(b"Content-Length: ", b"Content-Length: " + rng.choice([b"-", b"x", b"9" * 30])) + BODY
    ),
    lambda rng: (
        HEAD.replace(b"Host", rng.choice([b"Ho st", b"Host\n", b":", b"\x7f", b"Transfer-Encoding"])) + BODY
    ),
    lambda rng: (
        HEAD.replace(b"HTTP/1.1", rng.choice([b"HTTP/1.", b"HTTP/x", b"http/1.1", b"HTTP/1.1 x"])) + BODY
    ),
]


def refuses(answer: Answer) -> bool:
    """Whether an answer blames the client, in one line."""
    return 400 <= answer.status < 500 and answer.error != ""


def answers_well(answer: Answer) -> bool:
    return answer.status == 200 and json.loads(answer.body) == {"predictions": [expected_score(3, 7, "UA")]}


def test_malformed_messages_are_refused_and_a_good_one_is_answered_all_the_while(
    rest: Running, caplog: pytest.LogCaptureFixture
) -> None:
    rng = random.Random(16)
    for _ in range(MESSAGES // 2 // PIPELINED):  # requests that can be framed, many by one connection
        sent = [rng.choice(BAD_REQUESTS)(rng) for _ in range(PIPELINED)]
        with rest.connect() as connection:
            connection.sendall(b"".join(sent) + post(BODY, headers="Connection: close\r\n"))
            *refusals, last = answers(connection)
        assert [message for message, answer in zip(sent, refusals, strict=True) if not refuses(answer)] == []
        assert answers_well(last)
    for number in range(MESSAGES // 2):  # bytes that end the connection
        message = rng.choice(BAD_BYTES)(rng)
        found = rest.ask(message, ends=True)
        assert [refuses(answer) for answer in found] == [True], message
        if number % 100 == 0:
            assert answers_well(rest.ask(post(BODY, headers="Connection: close\r\n"))[0])
    assert caplog.records == []
