"""Health, readiness, counts and the description of the API, beside the API itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import jsonschema
import pytest
import tensorflow as tf
from prometheus_client.parser import text_string_to_metric_families
from tensorflow_serving.apis import prediction_service_pb2_grpc
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from serving.errors import ModelLoadError
from serving.models.follower import Follower
from serving.models.highest_number import HighestNumber
from serving.models.model import ServableModel
from serving.models.versions import ModelVersions
from serving.server.grpc_api import build_grpc_server
from serving.server.openapi import openapi
from serving.server.overload import Overload
from serving.server.predictor import Predictor
from serving.server.rest_api import RestApp
from serving.server.settings import ServerSettings
from serving.server.side_routes import SideRoutes
from serving.tensors.saved_signature import signature_of
from serving.traffic.metrics import Metrics, RequestCounter
from tests.serving.servable_samples import write_garbage, write_scorer
from tests.serving.server.asgi import ask

SETTINGS = ServerSettings("m", Path())
ROW = {"distance": 3, "hour": 7}


class Served:
    """What serve() puts together, without ports."""

    def __init__(self, base: Path) -> None:
        def load(folder: Path, _: str) -> ServableModel:
            with self.metrics.counted_load():
                return ServableModel(folder)

        self.follower = Follower("m", HighestNumber(base), load)
        versions = ModelVersions(self.follower)
        self.metrics = Metrics("m", versions.all_statuses)
        self.predictor = Predictor(versions, (RequestCounter(self.metrics),))
        self.app = SideRoutes(RestApp(self.predictor, SETTINGS), self.predictor, self.metrics)

    def json(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, _, answer = ask(self.app, method, path, body)
        return status, json.loads(answer)

    def counts(self) -> dict[tuple[str, str], float]:
        """Returns value by name and labels."""
        text = ask(self.app, "GET", "/metrics")[2].decode()
        return {
            (each.name, ",".join(f"{key}={value}" for key, value in sorted(each.labels.items()))): each.value
            for family in text_string_to_metric_families(text)
            for each in family.samples
        }


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def served(base: Path) -> Iterator[Served]:
    made = Served(base)
    assert made.json("GET", "/readyz") == (503, {"status": "no version serves yet"})
    assert made.json("GET", "/healthz") == (200, {"status": "ok"})
    assert "/v1/models/m:predict" not in made.json("GET", "/openapi.json")[1]["paths"]
    write_scorer(base / "1")
    made.follower.poll()
    yield made
    made.follower.stop()


def test_it_is_ready_once_a_version_serves(served: Served) -> None:
    assert served.json("GET", "/readyz") == (200, {"status": "ok", "version": "1"})
    assert served.json("GET", "/livez") == (200, {"status": "ok"})


def test_these_paths_are_read_only_and_the_others_go_on(served: Served) -> None:
    assert served.json("POST", "/metrics", {}) == (405, {"error": "/metrics answers GET only"})
    assert ask(served.app, "OPTIONS", "/metrics")[1]["allow"] == "GET, HEAD, OPTIONS"
    assert served.json("GET", "/v1/models/m")[0] == 200
    assert served.json("GET", "/nothing")[0] == 404


def test_requests_and_loads_are_counted(served: Served, base: Path) -> None:
    before = served.counts()
    for body in ({"instances": [ROW]}, {"instances": [ROW]}, {"instances": [{}]}, b"{"):
        served.json("POST", "/v1/models/m:predict", body)
    served.json("POST", "/v1/models/m/versions/1:predict", {"instances": [ROW]})
    write_garbage(base / "2")
    served.follower.poll()
    after = served.counts()
    added = {
        key: value - before.get(key, 0) for key, value in after.items() if key[0].startswith("evergreen")
    }
    version = "model=m,variant={},version=1"
    expected = {
        ("evergreen_requests_total", f"api=REST,code=OK,{version.format('champion')}"): 2,
        ("evergreen_requests_total", f"api=REST,code=OK,{version.format('explicit')}"): 1,
        ("evergreen_requests_total", f"api=REST,code=INVALID_ARGUMENT,{version.format('champion')}"): 1,
        ("evergreen_model_call_seconds_count", "model=m,version=1"): 3,
        ("evergreen_model_call_seconds_bucket", "le=+Inf,model=m,version=1"): 3,
        ("evergreen_answers_total", "api=REST,code=200"): 3,
        ("evergreen_answers_total", "api=REST,code=400"): 2,
        ("evergreen_loads_total", "model=m,outcome=failed"): 1,
        ("evergreen_version_state", "model=m,state=END,version=2"): 1,
    }
    assert {key: added.get(key) for key in expected} == expected
    assert after["evergreen_version_state", "model=m,state=AVAILABLE,version=1"] == 1
    assert after["evergreen_loads_total", "model=m,outcome=loaded"] == 1
    assert not [name for name, _ in after if name.endswith("_created")]
    assert after["process_resident_memory_bytes", ""] > 2**20


def test_the_counts_are_at_tensorflow_servings_path_too_and_in_the_form_that_is_asked_for(
    served: Served,
) -> None:
    _, headers, body = ask(served.app, "GET", "/monitoring/prometheus/metrics")
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"evergreen_loads_total" in body
    _, headers, _ = ask(served.app, "GET", "/metrics", accept="application/openmetrics-text; version=abc")
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    accept = "application/openmetrics-text; version=1.0.0"
    _, headers, body = ask(served.app, "GET", "/metrics", accept=accept)
    assert headers["content-type"].startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


def test_grpc_answers_are_counted_by_their_code(served: Served) -> None:
    server = build_grpc_server(
        served.predictor, Overload(8), SETTINGS, lambda code: served.metrics.answered("gRPC", code)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    message = PredictRequest()
    message.model_spec.name = "other"
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        with pytest.raises(grpc.RpcError):
            prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(message)
        with pytest.raises(grpc.RpcError):
            channel.unary_unary("/tensorflow.serving.PredictionService/Predict")(b"\xff")
        message.model_spec.name = "m"
        message.model_spec.signature_name = "total"
        message.inputs["vectors"].CopyFrom(tf.make_tensor_proto([[1.0, 2.0]]))
        prediction_service_pb2_grpc.PredictionServiceStub(channel).Predict(message)
    server.stop(None).wait()
    counts = served.counts()
    found = {
        code: counts["evergreen_answers_total", f"api=gRPC,code={code}"]
        for code in ("NOT_FOUND", "INVALID_ARGUMENT", "OK")
    }
    assert found == {"NOT_FOUND": 1, "INVALID_ARGUMENT": 1, "OK": 1}
    labels = "api=gRPC,code=OK,model=m,variant=champion,version=1"
    assert counts["evergreen_requests_total", labels] == 1


@pytest.fixture(scope="module")
def description(served: Served) -> Any:
    return served.json("GET", "/openapi.json")[1]


def test_the_description_is_sound(description: Any) -> None:
    """OpenAPI 3.1, as far as a schema validator can tell: references, parameters, names of operations."""
    assert description["openapi"] == "3.1.0"
    for schema in description["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in description["components"]["schemas"])
    text = json.dumps(description)
    references = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert references == set(description["components"]["schemas"])
    names = []
    for path, item in description["paths"].items():
        named = {each["name"] for each in item.get("parameters", []) if each["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        operations = {method: each for method, each in item.items() if method != "parameters"}
        names += [each["operationId"] for each in operations.values()]
        assert all(each["responses"]["200"]["description"] for each in operations.values())
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ({"instances": [ROW]}, True),
        ({"instances": [{**ROW, "carrier": "UA", "gusts": None, "seats": 4}]}, True),
        ({"inputs": {"distance": [3, 4.5], "hour": [7, 8], "carrier": ["UA", {"b64": "VUE="}]}}, True),
        ({"inputs": {"distance": [3], "hour": [7], "seats": [None]}}, True),
        ({"instances": [[1, 2]], "signature_name": "total"}, False),  # it has no output of rows
        ({"inputs": [[1, 2]], "signature_name": "total"}, True),
        ({"inputs": {"vectors": [[1, 2]]}, "signature_name": "total"}, True),
        ({"instances": [{"names": "a", "vectors": [1, 2]}], "signature_name": "several"}, True),
        ({"instances": [{"names": "a", "vectors": [1, 2, 3]}], "signature_name": "several"}, False),
        ({"instances": [{"distance": 3}]}, False),
        ({"instances": [{**ROW, "wings": 2}]}, False),
        ({"instances": [{**ROW, "hour": "7"}]}, False),
        ({"instances": [{**ROW, "hour": None}]}, False),
        ({"instances": [{**ROW, "hour": 2**63}]}, False),
        ({"instances": []}, False),
        ({"instances": [ROW], "inputs": {}}, False),
        ({}, False),
        ([], False),
    ],
)
def test_a_body_fits_the_description_if_and_only_if_it_is_answered(
    served: Served, description: Any, body: Any, fits: bool
) -> None:
    call = description["paths"]["/v1/models/m:predict"]["post"]
    request = call["requestBody"]["content"]["application/json"]["schema"]
    status, answer = served.json("POST", "/v1/models/m:predict", body)
    assert status == (200 if fits else 400)
    root = {"components": description["components"]}
    assert jsonschema.Draft202012Validator({**request, **root}).is_valid(body) == fits
    response = call["responses"][str(status)]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**response, **root}).validate(answer)


def test_whatever_can_be_got_is_described_and_answered(served: Served, description: Any) -> None:
    got = {path for path, item in description["paths"].items() if "get" in item and "{" not in path}
    assert got == {f"/v1/models/m{part}" for part in ("", "/metadata", "/rollout")} | {
        f"/{name}" for name in ("healthz", "livez", "readyz", "metrics")
    }
    assert {ask(served.app, "GET", path)[0] for path in got} == {200}


def test_the_header_of_a_rollouts_key_is_described_where_clients_are_divided(served: Served) -> None:
    signatures = {
        name: signature_of(name, each)
        for name, each in served.predictor.describe("m", None).signatures.items()
    }
    headers = {
        path: [each["name"] for each in item["parameters"] if each["in"] == "header"]
        for path, item in openapi("m", signatures, "x-request-key")["paths"].items()
        if "post" in item
    }
    assert headers["/v1/models/m:predict"] == ["x-request-key"]
    assert not headers["/v1/models/m/versions/{version}:predict"]
    assert "x-request-key" not in json.dumps(openapi("m", signatures, ""))


def test_requests_that_are_being_answered_are_told(served: Served) -> None:
    seen = []

    async def slow(_scope: Any, _receive: Any, send: Any) -> None:
        text = served.metrics.text("")[0].decode()
        seen.extend(line for line in text.splitlines() if line.startswith("evergreen_rest_in_flight"))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    ask(SideRoutes(slow, served.predictor, served.metrics), "GET", "/v1/models/m")
    assert seen == ["evergreen_rest_in_flight 1.0"]
    assert served.counts()["evergreen_rest_in_flight", ""] == 0


def test_a_load_that_fails_is_counted_and_raised() -> None:
    metrics = Metrics("m", list)
    with pytest.raises(ModelLoadError), metrics.counted_load():
        raise ModelLoadError("bad")
    assert b'evergreen_loads_total{model="m",outcome="failed"} 1.0' in metrics.text("")[0]
