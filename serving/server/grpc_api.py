"""TensorFlow Serving's gRPC API: Predict, Classify, Regress, GetModelMetadata and GetModelStatus."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import grpc
import numpy as np
from google.protobuf.message import Message
from tensorflow_serving.apis import model_service_pb2_grpc, prediction_service_pb2_grpc
from tensorflow_serving.apis.classification_pb2 import ClassificationRequest, ClassificationResponse
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, GetModelMetadataResponse
from tensorflow_serving.apis.get_model_status_pb2 import GetModelStatusRequest, GetModelStatusResponse
from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.apis.predict_pb2 import PredictRequest, PredictResponse
from tensorflow_serving.apis.regression_pb2 import RegressionRequest, RegressionResponse

from serving.errors import InvalidRequestError, ServingError, UnimplementedError
from serving.server import example_calls
from serving.server.grpc_messages import ReadableMessages
from serving.server.metadata import metadata_response
from serving.server.overload import Overload
from serving.server.predictor import Predictor
from serving.server.settings import ServerSettings
from serving.tensors.examples import examples_of
from serving.tensors.proto_tensors import array_to_tensor, tensor_to_array
from serving.tensors.saved_signature import SIGNATURE_DEF
from serving.tensors.signature import DEFAULT_SIGNATURE, Signature
from serving.traffic.asking import Client

log = logging.getLogger(__name__)
AnswerT = TypeVar("AnswerT", bound=Message)


def build_grpc_server(
    predictor: Predictor,
    overload: Overload,
    settings: ServerSettings,
    answered: Callable[[str], None] = lambda _: None,
) -> grpc.Server:
    """Returns a gRPC server of both services, not yet bound to an address nor started.

    Args:
      predictor: answers.
      overload: refuses where too much is under way.
      settings: its limits.
      answered: called with the name of each answer's status.
    """
    options = [
        ("grpc.so_reuseport", 0),  # or a second server would share the port silently
        ("grpc.max_receive_message_length", settings.max_body_bytes),
        ("grpc.max_send_message_length", -1),
    ]
    server = grpc.server(
        ThreadPoolExecutor(settings.threads, thread_name_prefix="grpc"),
        interceptors=[ReadableMessages(answered)],
        options=options,
        maximum_concurrent_rpcs=settings.max_in_flight,  # also those that wait for a thread
    )
    prediction = PredictionService(predictor, overload, settings.max_body_bytes)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(prediction, server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(predictor), server)
    return server


def _answer(context: grpc.ServicerContext, call: Callable[[], AnswerT]) -> AnswerT:
    """Returns what `call` returns; a failure becomes a gRPC status, and only the log gets its traceback."""
    try:
        return call()
    except ServingError as error:
        code, text = grpc.StatusCode[error.grpc_code], str(error)
    except Exception:  # the client gets no traceback, the log does
        log.exception("a gRPC call failed")
        code, text = grpc.StatusCode.INTERNAL, "internal error; the server's log has the details"
    context.abort(code, text)
    raise AssertionError("abort raises")


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Predict, Classify, Regress and GetModelMetadata; the call for several signatures at once is refused."""

    def __init__(self, predictor: Predictor, overload: Overload, max_values: int) -> None:
        self._predictor = predictor
        self._overload = overload
        self._max_values = max_values

    def Predict(self, request: PredictRequest, context: grpc.ServicerContext) -> PredictResponse:  # noqa: N802
        """Answers a Predict call."""
        return _answer(context, lambda: self._predict(request, _client(context)))

    def _predict(self, request: PredictRequest, client: Client) -> PredictResponse:
        with self._overload.prediction():
            return self._counted_prediction(request, client)

    def _counted_prediction(self, request: PredictRequest, client: Client) -> PredictResponse:
        name, version = _model(request.model_spec)
        signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        prediction = self._predictor.predict(
            name, version, signature_name, lambda signature: self._inputs(request, signature), client
        )
        outputs = prediction.outputs
        response = PredictResponse()
        response.model_spec.name = name
        response.model_spec.version.value = prediction.version
        response.model_spec.signature_name = signature_name
        for key in request.output_filter or outputs:
            response.outputs[key].CopyFrom(array_to_tensor(outputs[key]))
        return response

    def _inputs(self, request: PredictRequest, signature: Signature) -> dict[str, np.ndarray]:
        asked = list(request.output_filter)
        for key in asked:
            if key not in signature.outputs:
                raise InvalidRequestError(
                    f"output '{key}' is not in the signature, it has: {', '.join(signature.outputs)}"
                )
            if asked.count(key) > 1:
                raise InvalidRequestError(f"output '{key}' is asked for twice in output_filter")
        return {key: tensor_to_array(key, each, self._max_values) for key, each in request.inputs.items()}

    def GetModelMetadata(  # noqa: N802
        self, request: GetModelMetadataRequest, context: grpc.ServicerContext
    ) -> GetModelMetadataResponse:
        """Answers a GetModelMetadata call."""
        return _answer(context, lambda: self._metadata(request))

    def _metadata(self, request: GetModelMetadataRequest) -> GetModelMetadataResponse:
        if list(request.metadata_field) != [SIGNATURE_DEF]:
            raise InvalidRequestError(f"metadata_field must be exactly ['{SIGNATURE_DEF}']")
        name, version = _model(request.model_spec)
        return metadata_response(name, self._predictor.describe(name, version))

    def Classify(  # noqa: N802
        self, request: ClassificationRequest, context: grpc.ServicerContext
    ) -> ClassificationResponse:
        """Answers a Classify call."""
        return _answer(context, lambda: self._classify(request, _client(context)))

    def _classify(self, request: ClassificationRequest, client: Client) -> ClassificationResponse:
        response = ClassificationResponse()
        for classes in self._ask("classify", request, response, client):
            entry = response.result.classifications.add()
            for label, score in classes:
                entry.classes.add(label=label, score=score)
        return response

    def Regress(self, request: RegressionRequest, context: grpc.ServicerContext) -> RegressionResponse:  # noqa: N802
        """Answers a Regress call."""
        return _answer(context, lambda: self._regress(request, _client(context)))

    def _regress(self, request: RegressionRequest, client: Client) -> RegressionResponse:
        response = RegressionResponse()
        for value in self._ask("regress", request, response, client):
            response.result.regressions.add(value=value)
        return response

    def _ask(self, call: example_calls.Call, request: Any, response: Any, client: Client) -> list[Any]:
        """Returns what the model says of each example, and fills in the response's model."""
        name, version = _model(request.model_spec)
        signature_name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        examples = examples_of(request.input)
        with self._overload.prediction():
            number, results = example_calls.ask(
                self._predictor, call, name, version, signature_name, examples, client
            )
        response.model_spec.name, response.model_spec.signature_name = name, signature_name
        response.model_spec.version.value = number
        return results

    def MultiInference(self, request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ARG002, N802
        """Refuses the call."""
        return _answer(context, _refuse)


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """GetModelStatus; the configuration cannot be changed through the API."""

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor

    def GetModelStatus(  # noqa: N802
        self, request: GetModelStatusRequest, context: grpc.ServicerContext
    ) -> GetModelStatusResponse:
        """Answers a GetModelStatus call."""
        return _answer(context, lambda: self._status(request))

    def _status(self, request: GetModelStatusRequest) -> GetModelStatusResponse:
        response = GetModelStatusResponse()
        for status in self._predictor.statuses(*_model(request.model_spec)):
            entry = response.model_version_status.add(version=status.version, state=status.state.value)
            entry.status.error_message = status.error
            entry.status.error_code = 2 if status.error else 0  # UNKNOWN, OK
        return response

    def HandleReloadConfigRequest(self, request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ARG002, N802
        """Refuses the call."""
        return _answer(context, _refuse)


def _client(context: grpc.ServicerContext) -> Client:
    """Returns who asks; its headers are the call's metadata, of several of a name the first."""

    def header(name: str) -> str:
        found = next((value for key, value in context.invocation_metadata() if key == name), "")
        return found.decode("utf-8", "surrogateescape") if isinstance(found, bytes) else found

    return Client("gRPC", header)


def _refuse() -> Message:
    raise UnimplementedError(
        "this server answers Predict, Classify, Regress, GetModelMetadata and GetModelStatus only"
    )


def _model(spec: ModelSpec) -> tuple[str, int | str | None]:
    """Returns the model's name, and the version that is asked for, by number or label."""
    if not spec.name:
        raise InvalidRequestError("Missing ModelSpec: model_spec.name is empty")
    if spec.HasField("version_label"):  # an empty one too: it names no version
        return spec.name, spec.version_label
    return spec.name, spec.version.value if spec.HasField("version") else None
