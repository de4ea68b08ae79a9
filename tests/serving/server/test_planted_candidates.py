"""A running server turns planted candidates back: by the right guard, with an answer for every request."""

import contextlib
import http.client
import json
import math
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from components.model_files.folder import record_of
from serving.models import served_file
from serving.models.served_file import ServedEntry, ServedFile, ServedRollout
from serving.rollout import evidence
from serving.rollout.plan import CANARY, GuardLimits, RolloutPlan, Stage
from serving.traffic.split import gets_candidate
from tests.serving.server import planted_models
from tests.serving.server.following_server import FollowingServer, following_server
from tests.serving.server.planted_models import write_planted

STAGES = (Stage(0.0, 10**6), Stage(0.5, 10**6))
SHADOW, HALF = 0, 1
CHAMPION, GOOD, BROKEN = 1, 2, 7
PLANTED = {3: planted_models.not_a_number, 4: planted_models.slow, 5: planted_models.failing}
SHIFTED = 6
NAME, KEYS = "goes-on", [f"client-{number}" for number in range(120)]  # of the last test


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("served") / "m"
    base.mkdir()
    write_planted(base / str(CHAMPION))
    for number, score in {GOOD: planted_models.good, SHIFTED: planted_models.shifted, **PLANTED}.items():
        write_planted(base / str(number), score)
    write_planted(base / str(BROKEN))
    return base


@pytest.fixture(scope="module")
def files(base: Path) -> dict[int, str]:
    """The records of the files, of the broken version as it was before half of it was lost."""
    records = {int(folder.name): record_of(str(folder)) for folder in base.iterdir()}
    graph = base / str(BROKEN) / "saved_model.pb"
    graph.write_bytes(bytes(graph.stat().st_size))
    return records


class Client:
    """Asks a server on one connection, and counts what it is not answered."""

    def __init__(self, server: FollowingServer) -> None:
        self.server = server
        self._connection = http.client.HTTPConnection(server.rest, timeout=60)
        self.lost: list[str] = []
        self.asked = 0
        self.close = self._connection.close

    def send(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"X-Request-Key": key} if key else {}
        self._connection.request(method, f"/v1/models/m{path}", json.dumps(body) if body else None, headers)
        answer = self._connection.getresponse()
        content = json.loads(answer.read())
        if answer.status != 200:
            self.lost.append(f"{answer.status} {content}")
        return content

    def ask(self, key: str = "", *rows: float) -> list[float]:
        self.asked += 1
        rows = rows or (float(self.asked % 97 + 1),)
        return self.send("POST", ":predict", {"instances": [{"x": x} for x in rows]}, key)["predictions"]

    def rollout(self) -> dict[str, Any]:
        return self.send("GET", "/rollout")["rollout"] or {}


@pytest.fixture(scope="module")
def server(base: Path, files: dict[int, str]) -> Iterator[FollowingServer]:
    roll(base, files, "none", CHAMPION)
    with following_server(base, 0.05, base.with_name("log")) as running:
        yield running


@pytest.fixture
def client(server: FollowingServer) -> Iterator[Client]:
    with contextlib.closing(Client(server)) as client:
        yield client


def roll(base: Path, files: dict[int, str], name: str, candidate: int, stage: int = HALF) -> None:
    """Writes serving.json with a rollout of a candidate; without one if that is the champion."""
    share = STAGES[stage].share if candidate != CHAMPION else 0.0
    parts = {CHAMPION: ("champion", 1 - share), candidate: ("canary", share)}
    if candidate == CHAMPION:
        parts = {CHAMPION: ("champion", 1.0)}
    plan = RolloutPlan(name, CANARY, STAGES, "x-request-key", "", GuardLimits(slow_baseline=50))
    served_file.write(
        base,
        ServedFile(
            "m",
            tuple(ServedEntry(n, f"1.0.{n}", (label,), s, files[n]) for n, (label, s) in parts.items()),
            ServedRollout(plan, stage, False, candidate) if candidate != CHAMPION else None,
        ),
    )


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def begin(client: Client, base: Path, files: dict[int, str], name: str, number: int, stage: int) -> None:
    """Begins a rollout, and waits until its candidate is loaded."""
    roll(base, files, name, number, stage)
    wait_until(lambda: client.rollout().get("id") == name and client.rollout()["candidate_loaded"])


def ask_until_turned_back(client: Client, at_most: int, *rows: float) -> None:
    """Asks for many clients until the server turned back, which it looks for in the file."""
    for number in range(at_most):
        client.ask(f"client-{number}", *rows)
        if number % 20 == 19 and client.rollout()["turned_back"]:
            return
    pytest.fail(f"not turned back after {at_most} requests: {client.rollout()}")


@pytest.mark.parametrize(
    ("number", "guard"), [(3, "answers"), (4, "slow"), (5, "errors")], ids=["NaN", "10 times slower", "fails"]
)
@pytest.mark.parametrize("stage", [HALF, SHADOW], ids=["canary", "shadow"])
def test_a_faulty_candidate_is_turned_back_and_no_client_sees_the_fault(
    client: Client, base: Path, files: dict[int, str], number: int, guard: str, stage: int
) -> None:
    begin(client, base, files, f"planted-{number}-{stage}", number, stage)
    ask_until_turned_back(client, 2000)
    assert client.rollout()["turned_back"]["guard"] == guard
    asked = client.rollout()["requests"]["candidate"]
    for key in range(100):
        x = float(key)
        assert client.ask(str(key), x) == pytest.approx([math.sin(x)], abs=1e-5)
    assert (
        client.rollout()["requests"]["candidate"] <= asked + 1
    )  # that it was being asked beside the champion
    assert client.lost == []


def test_a_candidate_of_other_predictions_is_turned_back_before_anybody_has_one(
    client: Client, base: Path, files: dict[int, str]
) -> None:
    begin(client, base, files, "shifted", SHIFTED, SHADOW)
    rows = [0.37 * row for row in range(40)]
    for number in range(300):
        assert client.ask(str(number), *rows) == pytest.approx(
            [math.sin(x) for x in rows], abs=1e-4
        )  # x is a float32
        rows = [row + 0.91 for row in rows]
        if number % 20 == 19 and client.rollout()["turned_back"]:
            break
    wait_until(lambda: client.rollout()["turned_back"])  # the server looks each second
    assert client.rollout()["turned_back"]["guard"] == "predictions"
    assert client.lost == []


def test_an_altered_candidate_is_never_loaded_and_is_turned_back(
    client: Client, base: Path, files: dict[int, str]
) -> None:
    roll(base, files, "altered", BROKEN)
    wait_until(lambda: client.rollout().get("id") == "altered")
    for key in range(100):
        assert client.ask(str(key), 2.0) == pytest.approx([math.sin(2.0)], abs=1e-5)
    wait_until(lambda: client.rollout()["turned_back"])
    state = client.rollout()
    assert (state["turned_back"]["guard"], state["candidate_loaded"]) == ("errors", False)
    assert f"version {BROKEN} cannot be loaded" in state["turned_back"]["text"]
    assert client.lost == []
    assert f"version {BROKEN} of m is turned back by its errors" in client.server.log.read_text()


def by_grpc(server: FollowingServer, key: str, label: str = "") -> int:
    """Returns the number of the version that answers."""
    message = PredictRequest()
    message.model_spec.name = "m"
    if label:
        message.model_spec.version_label = label
    message.inputs["x"].CopyFrom(tf.make_tensor_proto(np.array([2.0], np.float32)))
    answer = server.prediction.Predict(message, timeout=60, metadata=[("x-request-key", key)])
    return answer.model_spec.version.value


def test_rest_and_grpc_deal_out_alike_and_a_killed_server_goes_on(
    server: FollowingServer, base: Path, files: dict[int, str], tmp_path: Path
) -> None:
    """Killed without a warning in mid-canary: the same clients, and what was seen, are found again.

    The last test of this file: it kills the server of all of them.
    """
    roll(base, files, NAME, GOOD)
    seen = deal_out(server, base, {})
    os.kill(server.pid, signal.SIGKILL)
    with following_server(base, 0.05, tmp_path / "log") as again:
        deal_out(again, base, seen)


def deal_out(server: FollowingServer, base: Path, seen: dict[str, int]) -> dict[str, int]:
    """Asks for clients, and returns what is counted and written of them, after what was seen before."""
    theirs = {key for key in KEYS if gets_candidate(NAME, key, 0.5)}
    with contextlib.closing(Client(server)) as client:
        wait_until(lambda: client.rollout()["id"] == NAME and client.rollout()["candidate_loaded"])
        answers = {key: client.ask(key, 2.0)[0] for key in KEYS}
        assert {key for key in KEYS if answers[key] > math.sin(2.0) + 5e-5} == theirs
        assert {key for key in KEYS[:40] if by_grpc(server, key) == GOOD} == theirs & set(KEYS[:40])
        assert [by_grpc(server, key, "canary") for key in KEYS[:4]] == [GOOD] * 4
        requests = client.rollout()["requests"]
        asked = len(theirs) + len(theirs & set(KEYS[:40]))
        assert requests["candidate"] == asked + seen.get("candidate", 0)
        wait_until(lambda: written(base) == client.rollout()["requests"])
        assert client.lost == []
        return requests


def written(base: Path) -> dict[str, int]:
    """Returns what is written of the requests of the stage."""
    found = evidence.read_all(evidence.folder_of(base, NAME))
    return dict(found.stage(HALF).requests)
