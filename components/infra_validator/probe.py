"""Requests to a running model server, by gRPC and by REST as in production, and what comes back."""

from __future__ import annotations

import dataclasses
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
from components.load_check.probe import NO_CHAMPION, Champion, drive
from serving.client.server_process import ModelServerError, ModelServerProcess

Answers = dict[str, np.ndarray]  # by the name of an output
_NAME = "candidate"
_DEADLINE_S = 30.0

# The server is on this machine; a proxy from the environment must not come between.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


def observe(
    base_folder: str,
    examples: Sequence[bytes],
    policy: InfraGatePolicy,
    *,
    signature: str,
    champion: Champion = NO_CHAMPION,
) -> Observed:
    """Serves a model and sends it the same rows twice: as tf.Examples by gRPC, and as columns by REST.

    Then it drives the server, where the policy asks for it.

    Args:
      base_folder: with the model in `<base_folder>/<number>`.
      examples: serialized tf.Examples, at most `requests * rows_per_request` of them.
      policy: how many rows a request has, and how long the model may take to load.
      signature: of the model, one input of serialized tf.Examples.
      champion: what is driven beside it.
    """
    try:
        with ModelServerProcess(base_folder, _NAME, policy.load_timeout_s) as server:
            batches = [
                examples[start : start + policy.rows_per_request]
                for start in range(0, len(examples), policy.rows_per_request)
            ]
            by_example = [_ask_grpc(server.grpc_target, batch, signature) for batch in batches]
            by_column = [_ask_rest(server.rest_url, batch) for batch in batches]
            driven = (
                drive(server, champion, lambda inputs: [as_row(e, inputs) for e in examples], policy.load)
                if policy.load.seconds and examples
                else None
            )
    except (ModelServerError, grpc.RpcError, urllib.error.URLError, ValueError) as error:
        return Observed(error=_one_line(error))
    return dataclasses.replace(_compare(len(examples), by_example, by_column), driven=driven)


def _ask_grpc(target: str, batch: Sequence[bytes], signature: str) -> Answers:
    """Returns the answers to serialized tf.Examples, by output [rows, ...]."""
    request = predict_pb2.PredictRequest()
    request.model_spec.name = _NAME
    request.model_spec.signature_name = signature
    request.inputs["examples"].CopyFrom(tf.make_tensor_proto(list(batch)))
    with grpc.insecure_channel(target) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        answer = stub.Predict(request, timeout=_DEADLINE_S)
    return {name: tf.make_ndarray(answer.outputs[name]) for name in answer.outputs}


def _ask_rest(rest_url: str, batch: Sequence[bytes]) -> Answers:
    """Returns the answers to JSON rows of named columns, by output [rows, ...]."""
    model = f"{rest_url}/v1/models/{_NAME}"
    with _open(f"{model}/metadata", timeout=_DEADLINE_S) as response:
        signatures = json.load(response)["metadata"]["signature_def"]["signature_def"]
    inputs = set(signatures["serving_default"]["inputs"])
    body = json.dumps({"instances": [as_row(example, inputs) for example in batch]}).encode()
    request = urllib.request.Request(f"{model}:predict", data=body, method="POST")
    with _open(request, timeout=_DEADLINE_S) as response:
        predictions = json.load(response)["predictions"]
    (only, *others) = signatures["serving_default"]["outputs"]
    if not others:  # REST leaves out the name of a single output
        return {only: np.array(predictions)}
    return {name: np.array([row[name] for row in predictions]) for name in (only, *others)}


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


def _compare(rows_sent: int, by_example: Sequence[Answers], by_column: Sequence[Answers]) -> Observed:
    if not by_example:
        return Observed(None, 0, 0, None)
    examples, columns = _joined(by_example), _joined(by_column)
    finite = np.logical_and.reduce([_finite(values, rows_sent) for values in examples.values()])
    if {name: values.shape for name, values in examples.items()} != {
        name: values.shape for name, values in columns.items()
    }:
        return Observed(None, rows_sent, int(finite.sum()), None)
    finite &= np.logical_and.reduce([_finite(values, rows_sent) for values in columns.values()])
    differences = [_difference(examples[name], columns[name]) for name in examples]
    unequal = any(math.isnan(each) for each in differences)
    return Observed(None, rows_sent, int(finite.sum()), None if unequal else max(differences))


def _joined(batches: Sequence[Answers]) -> Answers:
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _finite(values: np.ndarray, rows: int) -> np.ndarray:
    """Returns for each row whether all its values are finite numbers, bool [rows]; texts always are."""
    if values.dtype.kind not in "fiub" or len(values) != rows:
        return np.full(rows, values.dtype.kind not in "fiub")
    return np.isfinite(values).reshape(rows, -1).all(axis=1)


def _difference(one: np.ndarray, other: np.ndarray) -> float:
    """Returns the largest difference as a share of the largest value, or of 1; of unequal texts NaN."""
    if one.dtype.kind not in "fiub":
        return 0.0 if [*map(_text, one.ravel())] == [*map(_text, other.ravel())] else math.nan
    one, other = one.astype(float), other.astype(float)
    size = max(1.0, float(np.abs(one).max(initial=0.0)), float(np.abs(other).max(initial=0.0)))
    return float(np.abs(one - other).max(initial=0.0)) / size


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _one_line(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}: {error.read(500).decode(errors='replace')}"
    text = error.details() if isinstance(error, grpc.RpcError) and hasattr(error, "details") else str(error)
    return " ".join(f"{type(error).__name__}: {text}".split())[:400]
