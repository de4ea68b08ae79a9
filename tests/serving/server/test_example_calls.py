"""Classify and Regress by REST and by gRPC, and the same calls to a model without such signatures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_service_pb2_grpc
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest
from tensorflow_serving.apis.regression_pb2 import RegressionRequest

from serving.models.follower import Follower
from serving.models.highest_number import HighestNumber
from serving.models.versions import ModelVersions
from serving.models.warm_up import load_warm
from serving.server.grpc_api import build_grpc_server
from serving.server.overload import Overload
from serving.server.predictor import Predictor
from serving.server.rest_api import RestApp
from serving.server.settings import ServerSettings
from tests.serving.servable_samples import write_examples_model
from tests.serving.server.asgi import ask

EXAMPLES = [{"x": 20.0}, {"x": 1.5}]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Predictor]:
    base = tmp_path_factory.mktemp("served")
    write_examples_model(base / "3")
    follower = Follower("m", HighestNumber(base), lambda folder, _: load_warm(folder))
    follower.poll()
    yield Predictor(ModelVersions(follower))
    follower.stop()


@pytest.fixture(scope="module")
def stub(predictor: Predictor) -> Iterator[Any]:
    server = build_grpc_server(predictor, Overload(8), ServerSettings("m", Path()))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield prediction_service_pb2_grpc.PredictionServiceStub(channel)
    server.stop(None).wait()


def rest(predictor: Predictor, call: str, body: Any, version: str = "") -> tuple[int, Any]:
    app = RestApp(predictor, ServerSettings("m", Path()))
    status, _, answer = ask(app, "POST", f"/v1/models/m{version}:{call}", body)
    return status, json.loads(answer)


def request(kind: type, signature_name: str, *values: float, model: str = "m") -> Any:
    message = kind()
    message.model_spec.name, message.model_spec.signature_name = model, signature_name
    for value in values:
        example = tf.train.Example()
        example.features.feature["x"].float_list.value.append(value)
        message.input.example_list.examples.append(example)
    return message


def test_rest_answers_each_example(predictor: Predictor) -> None:
    assert rest(predictor, "classify", {"examples": EXAMPLES}) == (
        200,
        {"results": [[["big", 20.0]], [["small", 1.5]]]},
    )
    assert rest(predictor, "classify", {"examples": EXAMPLES, "signature_name": "scores"}, "/versions/3") == (
        200,
        {"results": [[["", 20.0]], [["", 1.5]]]},
    )
    asked = {"signature_name": "regress", "context": {"x": 4}, "examples": EXAMPLES[:1]}
    assert rest(predictor, "regress", {**asked, "context": {"y": 4}}) == (200, {"results": [40.0]})


WRONG_METHOD = "Expected {} signature method_name to be tensorflow/serving/{}. Was: tensorflow/serving/{}"


@pytest.mark.parametrize(
    ("call", "signature", "said"),
    [
        ("classify", "predict", WRONG_METHOD.format("classification", "classify", "predict")),
        ("regress", "predict", WRONG_METHOD.format("regression", "regress", "predict")),
        ("regress", "", WRONG_METHOD.format("regression", "regress", "classify")),
        ("classify", "nothing", 'Serving signature name: "nothing" not found in signature def'),
    ],
)
def test_a_signature_of_another_method_is_the_clients_error(
    predictor: Predictor, stub: Any, call: str, signature: str, said: str
) -> None:
    status, answer = rest(predictor, call, {"examples": EXAMPLES, "signature_name": signature})
    assert status == 400
    assert answer["error"].startswith(said)
    kind = ClassificationRequest if call == "classify" else RegressionRequest
    with pytest.raises(grpc.RpcError) as refused:
        getattr(stub, call.capitalize())(request(kind, signature, 1))
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details().startswith(said)


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "JSON Parse error"),
        ({}, 400, "'examples' is expected"),
        ({"examples": [{}]}, 400, "x"),
        ({"examples": [{"x": "text"}]}, 400, "x"),
        (b'{"examples": [{"x": ' + b"[" * 900 + b"]" * 900 + b"}]}", 400, "Feature: x"),
        (
            {"examples": EXAMPLES, "signature_name": "flat"},
            500,
            "expected classes or scores of shape [2, classes]",
        ),
    ],
)
def test_a_call_that_cannot_be_answered_is_told_of_in_one_line(
    predictor: Predictor, body: Any, status: int, said: str
) -> None:
    found, answer = rest(predictor, "classify", body)
    assert (found, list(answer)) == (status, ["error"])
    assert said in answer["error"]
    assert "\n" not in answer["error"]


def test_grpc_answers_each_example(stub: Any) -> None:
    answer = stub.Classify(request(ClassificationRequest, "", 20, 1.5))
    found = [[(each.label, each.score) for each in row.classes] for row in answer.result.classifications]
    assert found == [[("big", 20)], [("small", 1.5)]]
    spec = answer.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == ("m", 3, "serving_default")
    answer = stub.Regress(request(RegressionRequest, "regress", 20, 1.5))
    assert [each.value for each in answer.result.regressions] == [40, 3]
    for bad, code in [(request(RegressionRequest, "regress"), "INVALID_ARGUMENT"),
                      (request(RegressionRequest, "regress", 1, model="other"), "NOT_FOUND")]:  # fmt: skip
        with pytest.raises(grpc.RpcError) as refused:
            stub.Regress(bad)
        assert refused.value.code().name == code
