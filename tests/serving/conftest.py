"""One model server process for all serving tests, and small ways to ask it."""

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.serving.asking import MODEL, Ask

if TYPE_CHECKING:
    from serving.client.server_process import ModelServerProcess


@pytest.fixture(scope="session")
def model_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the served versions; version 1 is always there."""
    from tests.serving.servable_samples import write_scorer  # TensorFlow, which few of these tests need

    base = tmp_path_factory.mktemp("served")
    write_scorer(base / "1")
    return base


@pytest.fixture(scope="session")
def server(model_base: Path) -> "Iterator[ModelServerProcess]":
    """A real server process that serves `model_base`."""
    from serving.client.server_process import ModelServerProcess

    with ModelServerProcess(model_base, MODEL) as running:
        yield running


@pytest.fixture(scope="session")
def ask(server: "ModelServerProcess") -> Ask:
    """Sends one HTTP request and returns status and parsed JSON; a dict as body is sent as JSON."""

    def send(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        connection = http.client.HTTPConnection(server.rest_url.removeprefix("http://"), timeout=30)
        try:
            connection.request(method, path, data)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    return send


@pytest.fixture(scope="session")
def predict(ask: Ask) -> Ask:
    """Posts a body to the model's :predict."""
    return lambda body: ask("POST", f"/v1/models/{MODEL}:predict", body)
