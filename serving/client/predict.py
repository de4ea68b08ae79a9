"""Sends rows to a model server, by REST or gRPC, and yields its predictions."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from serving.client.connection import Connection, ModelInputs
from serving.client.rest_connection import RestConnection
from serving.tensors.signature import DEFAULT_SIGNATURE

TIMEOUT_SECONDS = 30.0


def fetch_inputs(server: str, model_name: str, signature_name: str = DEFAULT_SIGNATURE) -> ModelInputs:
    """Returns which inputs the model takes, as the server describes them.

    Args:
      server: `http://HOST:PORT` for REST, `HOST:PORT` for gRPC.
      model_name: name that the server serves the model by.
      signature_name: which of the model's signatures to describe.

    Raises:
      PredictionError: the server cannot be reached, or has no such model or signature.
    """
    connection = _connect(server, model_name, signature_name)
    try:
        return connection.inputs()
    finally:
        connection.close()


def predict_rows(
    server: str,
    model_name: str,
    rows: Iterable[Mapping[str, Any]],
    signature_name: str = DEFAULT_SIGNATURE,
    batch_size: int = 256,
) -> Iterator[Any]:
    """Yields the model's prediction of each row, in order; several outputs come as a dict of them.

    Args:
      server: `http://HOST:PORT` for REST, `HOST:PORT` for gRPC.
      model_name: name that the server serves the model by.
      rows: dicts of input -> value; what has a default may be left out.
      signature_name: which of the model's signatures to call.
      batch_size: rows sent at a time.

    Raises:
      PredictionError: the server cannot be reached, or refuses the rows.
    """
    remaining = iter(rows)
    connection = _connect(server, model_name, signature_name)
    try:
        while batch := list(itertools.islice(remaining, batch_size)):
            yield from connection.predict(batch)
    finally:
        connection.close()


def _connect(server: str, model_name: str, signature_name: str) -> Connection:
    if "://" in server:
        return RestConnection(server, model_name, signature_name, TIMEOUT_SECONDS)
    from serving.client.grpc_connection import GrpcConnection  # its protocol messages import TensorFlow

    return GrpcConnection(server, model_name, signature_name, TIMEOUT_SECONDS)
