"""The gRPC half of the client, imported only when used: its protocol messages import TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
import tensorflow as tf
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest, SignatureDefMap
from tensorflow_serving.apis.predict_pb2 import PredictRequest
from tensorflow_serving.apis.prediction_service_pb2_grpc import PredictionServiceStub

from serving.client.connection import ModelInputs
from serving.client.foreign_answer import LONGEST_REFUSAL, excerpt
from serving.errors import InvalidRequestError, ModelLoadError, PredictionError, UnknownModelError
from serving.tensors.json_inputs import rows_to_arrays
from serving.tensors.json_tensors import array_to_json
from serving.tensors.proto_tensors import array_to_tensor
from serving.tensors.saved_signature import SIGNATURE_DEF, signature_of
from serving.tensors.signature import Signature


class GrpcConnection:
    """One channel to a server's gRPC API."""

    def __init__(self, target: str, model_name: str, signature_name: str, timeout_seconds: float) -> None:
        self._target = target
        self._model_name = model_name
        self._signature_name = signature_name
        self._timeout_seconds = timeout_seconds
        self._channel = grpc.insecure_channel(target)
        self._stub = PredictionServiceStub(self._channel)
        self._signature: Signature | None = None

    def inputs(self) -> ModelInputs:
        """Returns the inputs that the model takes.

        Raises:
          PredictionError: the server cannot be reached, or has no such model or signature.
        """
        signature = self._fetch_signature()
        return ModelInputs(signature.inputs, frozenset(signature.defaults))

    def predict(self, rows: list[Mapping[str, Any]]) -> list[Any]:
        """Returns the prediction of each row.

        Raises:
          PredictionError: the server cannot be reached, or the rows do not fit the model.
        """
        try:
            arrays = rows_to_arrays(rows, self._fetch_signature())
        except InvalidRequestError as error:
            raise PredictionError(str(error)) from error
        request = PredictRequest()
        request.model_spec.name = self._model_name
        request.model_spec.signature_name = self._signature_name
        for name, value in arrays.items():
            request.inputs[name].CopyFrom(array_to_tensor(value))
        answer = self._call(self._stub.Predict, request)
        try:
            columns = {
                name: array_to_json(name, tf.make_ndarray(answer.outputs[name]))  # as by REST
                for name in sorted(answer.outputs)
            }
            if not columns or any(len(column) != len(rows) for column in columns.values()):
                raise ValueError(f"expected {len(rows)} predictions")
        except (InvalidRequestError, TypeError, ValueError) as error:
            raise self._is_no_model_server(answer) from error
        if len(columns) == 1:
            return next(iter(columns.values()))
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def _fetch_signature(self) -> Signature:
        if self._signature is None:
            request = GetModelMetadataRequest(metadata_field=[SIGNATURE_DEF])
            request.model_spec.name = self._model_name
            answer = self._call(self._stub.GetModelMetadata, request)
            signatures = SignatureDefMap()
            if not answer.metadata[SIGNATURE_DEF].Unpack(signatures):
                raise self._is_no_model_server(answer)
            if self._signature_name not in signatures.signature_def:
                known = ", ".join(sorted(signatures.signature_def))
                raise PredictionError(f"the model has no signature '{self._signature_name}'; it has: {known}")
            definition = signatures.signature_def[self._signature_name]
            try:
                self._signature = signature_of(self._signature_name, definition)
            except (ModelLoadError, TypeError, ValueError) as error:
                raise self._is_no_model_server(answer) from error
        return self._signature

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self._timeout_seconds)
        except grpc.RpcError as error:
            said = excerpt(error.details() or "", LONGEST_REFUSAL)
            if error.code() == grpc.StatusCode.UNAVAILABLE:
                raise PredictionError(f"no model server answers at {self._target}: {said}") from error
            if error.code() == grpc.StatusCode.UNIMPLEMENTED:
                raise self._is_no_model_server(said, error.code().name) from error
            kind = UnknownModelError if error.code() == grpc.StatusCode.NOT_FOUND else PredictionError
            raise kind(f"the model server at {self._target} refused: {said or error.code().name}") from error

    def _is_no_model_server(self, answer: Any, status: str = "OK") -> PredictionError:
        return PredictionError(
            f"what answers at {self._target} is no model server: status {status}, {excerpt(str(answer))!r}; "
            "expected the messages of TensorFlow Serving's gRPC API"
        )

    def close(self) -> None:
        """Closes the channel."""
        self._channel.close()
