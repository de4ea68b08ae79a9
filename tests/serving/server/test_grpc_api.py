"""The gRPC API of a real server, by the stubs of the official tensorflow-serving-api package."""

import random
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, ModelVersionStatus
from tensorflow_serving.apis.inference_pb2 import MultiInferenceRequest
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from serving.client.server_process import ModelServerProcess
from serving.models.lifecycle import State
from tests.serving.asking import MODEL
from tests.serving.servable_samples import expected_score

ROWS = {"distance": np.array([3, 4], np.float32), "hour": np.array([7, 8], np.int64)}


@pytest.fixture(scope="module")
def stubs(server: ModelServerProcess) -> Iterator[Any]:
    with grpc.insecure_channel(server.grpc_target) as channel:
        yield SimpleNamespace(
            prediction=prediction_service_pb2_grpc.PredictionServiceStub(channel),
            model=model_service_pb2_grpc.ModelServiceStub(channel),
        )


def request(inputs: dict[str, Any], model: str = MODEL, **spec: Any) -> PredictRequest:
    message = PredictRequest()
    message.model_spec.name = model
    message.model_spec.signature_name = spec.get("signature_name", "")
    if "version" in spec:
        message.model_spec.version.value = spec["version"]
    for name, value in inputs.items():
        message.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return message


def refusal(call: Any, message: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as refused:
        call(message, timeout=30)
    assert "\n" not in refused.value.details()
    return refused.value.code(), refused.value.details()


def test_predict_fills_defaults_and_says_what_answered(stubs: Any) -> None:
    answer = stubs.prediction.Predict(request(ROWS), timeout=30)
    assert list(answer.outputs["probability"].float_val) == [expected_score(3, 7), expected_score(4, 8)]
    spec = answer.model_spec
    assert (spec.name, spec.version.value, spec.signature_name) == (MODEL, 1, "serving_default")


def test_every_type_of_output_reads_back(stubs: Any) -> None:
    inputs = {"names": np.array([b"\xff", b"b"], object), "vectors": np.array([[1, 2], [-1, 0]], np.float32)}
    answer = stubs.prediction.Predict(request(inputs, signature_name="several"), timeout=30)
    found = {name: tf.make_ndarray(tensor).tolist() for name, tensor in answer.outputs.items()}
    assert found == {
        "name": [b"\xff", b"b"],
        "name_bytes": [b"\xff", b"b"],
        "scaled": [[2, 4], [-2, 0]],
        "positive": [True, False],
        "batch_size": [2, 2],
    }


def test_only_the_outputs_asked_for_are_sent(stubs: Any) -> None:
    inputs = {"names": np.array([b"a"], object), "vectors": np.array([[1, 2]], np.float32)}
    message = request(inputs, signature_name="several")
    message.output_filter.append("scaled")
    assert list(stubs.prediction.Predict(message, timeout=30).outputs) == ["scaled"]
    message.output_filter.append("scaled")
    code, text = refusal(stubs.prediction.Predict, message)
    assert (code, text) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "output 'scaled' is asked for twice in output_filter",
    )
    message.output_filter[:] = ["scaled", "nothing"]
    code, text = refusal(stubs.prediction.Predict, message)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "output 'nothing' is not in the signature" in text


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        (request(ROWS, model="other"), grpc.StatusCode.NOT_FOUND, "Latest(other)"),
        (request(ROWS, version=7), grpc.StatusCode.NOT_FOUND, "Specific(flights, 7)"),
        (request(ROWS, model=""), grpc.StatusCode.INVALID_ARGUMENT, "Missing ModelSpec"),
        (
            request(ROWS, signature_name="x"),
            grpc.StatusCode.FAILED_PRECONDITION,
            "not found in signature def",
        ),
        (request({}), grpc.StatusCode.INVALID_ARGUMENT, "missing input(s) distance, hour"),
        (request({**ROWS, "hour": [7.0, 8.0]}), grpc.StatusCode.INVALID_ARGUMENT, "expected: int64"),
        (request({**ROWS, "seats": [1, 2, 3]}), grpc.StatusCode.INVALID_ARGUMENT, "'seats' has type int32"),
    ],
)
def test_a_request_that_does_not_fit_has_the_code_of_its_cause(
    stubs: Any, message: PredictRequest, code: grpc.StatusCode, text: str
) -> None:
    found, details = refusal(stubs.prediction.Predict, message)
    assert found is code
    assert text in details


def test_a_malformed_tensor_is_refused(stubs: Any) -> None:
    message = request(ROWS)
    message.inputs["hour"].tensor_content = b"123"
    assert refusal(stubs.prediction.Predict, message)[0] is grpc.StatusCode.INVALID_ARGUMENT
    message = request(ROWS)
    message.inputs["hour"].tensor_shape.dim[0].size = -1
    assert refusal(stubs.prediction.Predict, message)[0] is grpc.StatusCode.INVALID_ARGUMENT


def code_of(call: Any, sent: bytes) -> str:
    try:
        return call.with_call(sent, timeout=30)[1].code().name
    except grpc.RpcError as refused:
        return refused.code().name


@pytest.fixture(scope="module")
def raw(server: ModelServerProcess) -> Iterator[Any]:
    """Calls a method with bytes."""
    with grpc.insecure_channel(server.grpc_target, [("grpc.max_send_message_length", -1)]) as channel:
        yield lambda method: channel.unary_unary(f"/tensorflow.serving.{method}")


def test_what_is_no_message_is_refused_and_the_log_stays_clean(
    server: ModelServerProcess, stubs: Any, raw: Any
) -> None:
    """Nothing that a client sends is an internal error or a traceback in the log."""
    chance, good = random.Random(7), request(ROWS).SerializeToString()
    methods = [f"PredictionService/{each}" for each in ("Predict", "GetModelMetadata", "Classify", "Regress")]
    for method in [*methods, "ModelService/GetModelStatus"]:
        assert refusal(raw(method), b"\xff\xff\xff") == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "the request is not the message of this call",
        )
    codes = set()
    for _ in range(300):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        codes.add(code_of(raw(methods[0]), bytes(broken[: chance.randint(1, 2 * len(good))])))
    assert codes <= {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "RESOURCE_EXHAUSTED"}
    assert refusal(raw(methods[0]), b" " * (17 * 2**20))[0] is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refusal(raw("PredictionService/Nothing"), b"")[0] is grpc.StatusCode.UNIMPLEMENTED
    assert stubs.prediction.Predict(request(ROWS), timeout=30).outputs
    assert "Traceback" not in server._log.read_text()


def test_one_value_cannot_blow_up_to_a_giant_tensor(stubs: Any) -> None:
    message = request({**ROWS, "hour": np.array([7], np.int64)})
    message.inputs["hour"].tensor_shape.dim[0].size = 2**40
    assert refusal(stubs.prediction.Predict, message)[0] is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_the_metadata_holds_the_signatures_with_their_defaults(stubs: Any) -> None:
    message = GetModelMetadataRequest(metadata_field=["signature_def"])
    message.model_spec.name = MODEL
    signatures = SignatureDefMap()
    stubs.prediction.GetModelMetadata(message, timeout=30).metadata["signature_def"].Unpack(signatures)
    default = signatures.signature_def["serving_default"]
    assert default.inputs["hour"].dtype == tf.int64.as_datatype_enum
    assert default.defaults["seats"].int64_val == [-1]
    message.metadata_field.append("other")
    code, text = refusal(stubs.prediction.GetModelMetadata, message)
    assert (code, text) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "metadata_field must be exactly ['signature_def']",
    )


def test_the_status_tells_the_state_of_each_version(stubs: Any) -> None:
    message = GetModelStatusRequest()
    message.model_spec.name = MODEL
    message.model_spec.version.value = 1
    (entry,) = stubs.model.GetModelStatus(message, timeout=30).model_version_status
    assert (entry.version, entry.State.Name(entry.state), entry.status.error_code) == (1, "AVAILABLE", 0)
    message.model_spec.version.value = 7
    assert refusal(stubs.model.GetModelStatus, message)[0] is grpc.StatusCode.NOT_FOUND


def test_the_states_have_tensorflow_servings_names_and_numbers() -> None:
    theirs = dict(ModelVersionStatus.State.items())
    assert {state.name: state.value for state in State}.items() <= theirs.items()


def test_calls_that_this_server_lacks_are_unimplemented(stubs: Any) -> None:
    code, text = refusal(stubs.prediction.MultiInference, MultiInferenceRequest())
    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert "Predict" in text
