"""REST and gRPC share one limit of predictions; REST's side is tested in test_http_server.py."""

import contextlib
from pathlib import Path
from typing import Any, cast

import grpc
import pytest
from tensorflow_serving.apis import prediction_service_pb2_grpc
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from serving.server.grpc_api import build_grpc_server
from serving.server.overload import Overload
from serving.server.predictor import Predictor
from serving.server.settings import ServerSettings


def test_a_place_is_free_again_after_a_prediction_that_failed() -> None:
    overload = Overload(1)
    for _ in range(3):
        with contextlib.suppress(ValueError), overload.prediction():
            assert not overload.try_enter()
            raise ValueError
    assert overload.try_enter()


def test_grpc_refuses_a_prediction_while_rest_has_all_places() -> None:
    overload = Overload(1)
    nobody = cast(Predictor, None)  # it is not asked
    server = build_grpc_server(nobody, overload, ServerSettings("m", Path(), max_in_flight=1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    assert overload.try_enter()
    request = PredictRequest()
    request.model_spec.name = "m"
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        with pytest.raises(grpc.RpcError) as refused:
            stub.Predict(request, timeout=20)
    server.stop(None)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert "1 predictions are under way" in refused.value.details()
