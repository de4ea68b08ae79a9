"""Requests to a running model server, by gRPC and by REST as in production, and what comes back."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from components.infra_validator.rule import InfraGatePolicy, Observed
from serving.client.server_process import ModelServerError, ModelServerProcess

_NAME = "candidate"
_DEADLINE_S = 30.0

# The server is on this machine; a proxy from the environment must not come between.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def observe(
    base_folder: str, examples: Sequence[bytes], policy: InfraGatePolicy, *, signature: str
) -> Observed:
    """Serves a model and sends it the same rows twice: as tf.Examples by gRPC, and as columns by REST.

    Args:
      base_folder: with the model in `<base_folder>/<number>`.
      examples: serialized tf.Examples, `requests * rows_per_request` of them.
      policy: how many rows a request has, and how long the model may take to load.
      signature: of the model, one input of serialized tf.Examples.
    """
    try:
        with ModelServerProcess(base_folder, _NAME, policy.load_timeout_s) as server:
            batches = [
                examples[start : start + policy.rows_per_request]
                for start in range(0, len(examples), policy.rows_per_request)
            ]
            by_example = [_ask_grpc(server.grpc_target, batch, signature) for batch in batches]
            by_column = [_ask_rest(server.rest_url, batch) for batch in batches]
    except (ModelServerError, grpc.RpcError, urllib.error.URLError, ValueError) as error:
        return Observed(error=_one_line(error))
    return _compare(len(examples), by_example, by_column)


def _ask_grpc(target: str, batch: Sequence[bytes], signature: str) -> np.ndarray:
    """Returns the answers to serialized tf.Examples, [rows, outputs]."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name = _NAME
    request.model_spec.signature_name = signature
    request.inputs["examples"].CopyFrom(tf.make_tensor_proto(list(batch)))
    with grpc.insecure_channel(target) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        answer = stub.Predict(request, timeout=_DEADLINE_S)
    outputs = [tf.make_ndarray(answer.outputs[name]) for name in sorted(answer.outputs)]
    return np.column_stack([output.reshape(len(batch), -1) for output in outputs])


def _ask_rest(rest_url: str, batch: Sequence[bytes]) -> np.ndarray:
    """Returns the answers to JSON rows of named columns, [rows, outputs]."""
    model = f"{rest_url}/v1/models/{_NAME}"
    with _open(f"{model}/metadata", timeout=_DEADLINE_S) as response:
        signatures = json.load(response)["metadata"]["signature_def"]["signature_def"]
    inputs = set(signatures["serving_default"]["inputs"])
    body = json.dumps({"instances": [as_row(example, inputs) for example in batch]}).encode()
    request = urllib.request.Request(f"{model}:predict", data=body, method="POST")
    with _open(request, timeout=_DEADLINE_S) as response:
        predictions = json.load(response)["predictions"]
    rows = [sorted(row.items()) if isinstance(row, dict) else [("", row)] for row in predictions]
    return np.array([np.concatenate([np.ravel(value) for _, value in row]) for row in rows], dtype=float)


def as_row(serialized: bytes, inputs: set[str]) -> dict[str, Any]:
    """Returns the columns of a tf.Example that a model takes, as JSON values, without absent features."""
    row: dict[str, Any] = {}
    for name, feature in tf.train.Example.FromString(serialized).features.feature.items():
        kind = feature.WhichOneof("kind")
        values = getattr(feature, kind).value if kind else []
        if name in inputs and values:
            value = values[0]
            row[name] = value.decode() if isinstance(value, bytes) else value
    return row


def _compare(rows_sent: int, by_example: Sequence[np.ndarray], by_column: Sequence[np.ndarray]) -> Observed:
    examples, columns = np.concatenate(by_example), np.concatenate(by_column)
    finite = np.isfinite(examples).all(axis=1)
    if examples.shape != columns.shape:
        return Observed(None, rows_sent, int(finite.sum()), None)
    difference = float(np.abs(examples - columns).max())
    disagreement = None if math.isnan(difference) else difference
    return Observed(None, rows_sent, int((finite & np.isfinite(columns).all(axis=1)).sum()), disagreement)


def _one_line(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}: {error.read(500).decode(errors='replace')}"
    text = error.details() if isinstance(error, grpc.RpcError) and hasattr(error, "details") else str(error)
    return " ".join(f"{type(error).__name__}: {text}".split())[:400]
