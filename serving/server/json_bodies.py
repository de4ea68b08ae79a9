"""The bodies of TensorFlow Serving's REST calls to `:predict`: requests read, responses written.

Format: https://www.tensorflow.org/tfx/serving/api_rest. A request holds rows (`{"instances": [...]}`,
answered by `{"predictions": [...]}`) or columns (`{"inputs": {...}}`, answered by `{"outputs": ...}`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.errors import InvalidRequestError
from serving.tensors.json_inputs import columns_to_arrays, rows_to_arrays
from serving.tensors.json_tensors import array_to_json
from serving.tensors.signature import DEFAULT_SIGNATURE, Signature


@dataclass(frozen=True)
class JsonRequest:
    """The body of a `:predict` request: its payload holds rows or columns."""

    signature_name: str
    holds_rows: bool
    payload: Any


def parse_request(body: bytes) -> JsonRequest:
    """Returns the body of a `:predict` request as read.

    Raises:
      InvalidRequestError: the body is no JSON object with exactly one of `instances` and `inputs`.
    """
    document = read_object(body)
    signature_name = signature_name_of(document)
    holds_rows = "instances" in document
    if holds_rows == ("inputs" in document):
        raise InvalidRequestError(
            "expecting only one of 'inputs' or 'instances'"
            if holds_rows
            else "Missing 'inputs' or 'instances' key"
        )
    payload = document["instances" if holds_rows else "inputs"]
    if holds_rows and not isinstance(payload, list):
        raise InvalidRequestError("Expecting 'instances' to be a list/array")
    if holds_rows and not payload:
        raise InvalidRequestError("No values in 'instances' array")
    return JsonRequest(signature_name, holds_rows, payload)


def read_object(body: bytes) -> dict[str, Any]:
    """Returns the JSON object that is the body of a request.

    Raises:
      InvalidRequestError: it is none.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"JSON Parse error: {error}") from error
    if not isinstance(document, dict):
        raise InvalidRequestError("the request must be a JSON object with 'instances' or 'inputs'")
    return document


def signature_name_of(document: Mapping[str, Any]) -> str:
    """Returns the name of the signature that a request asks for.

    Raises:
      InvalidRequestError: it is no text.
    """
    name = document.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(name, str):
        raise InvalidRequestError("'signature_name' key must be a string value")
    return name or DEFAULT_SIGNATURE


def request_arrays(request: JsonRequest, signature: Signature) -> dict[str, np.ndarray]:
    """Returns the request's inputs by name, shaped [batch, ...], ready for `ServableModel.predict`.

    Raises:
      InvalidRequestError: the payload does not fit the signature.
    """
    read = rows_to_arrays if request.holds_rows else columns_to_arrays
    try:
        return read(request.payload, signature)
    except RecursionError as error:  # read, and then too deep to be shown
        raise InvalidRequestError("a value is nested too deeply") from error


def response_json(outputs: Mapping[str, np.ndarray], as_rows: bool) -> bytes:
    """Returns a model's outputs as a response body; a single output stands alone, several are named.

    Args:
      outputs: arrays by name; in rows, each shaped [batch, ...] with one common batch of at least 1.
      as_rows: write `predictions`, one per row, instead of `outputs`, one per tensor.

    Raises:
      InvalidRequestError: the outputs have not one value a row, or are of a type that JSON lacks.
    """
    if not as_rows:
        tensors = {name: array_to_json(name, value) for name, value in sorted(outputs.items())}
        return json.dumps({"outputs": _alone_if_single(tensors)}).encode()
    if any(not value.shape or value.shape[0] < 1 for value in outputs.values()):
        raise InvalidRequestError(
            "an output has no batch dimension; send 'inputs' (columns) instead of 'instances'"
        )
    if len({value.shape[0] for value in outputs.values()}) != 1:
        raise InvalidRequestError(
            "the outputs differ in batch size; send 'inputs' (columns) instead of 'instances'"
        )
    columns = {name: array_to_json(name, value) for name, value in sorted(outputs.items())}
    if len(columns) == 1:
        return json.dumps({"predictions": _alone_if_single(columns)}).encode()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps({"predictions": rows}).encode()


def _alone_if_single(tensors: dict[str, Any]) -> Any:
    return next(iter(tensors.values())) if len(tensors) == 1 else tensors
