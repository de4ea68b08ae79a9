"""TensorFlow Serving's Classify and Regress, by REST and by gRPC: tf.Examples in, classes or numbers out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np

from serving.errors import InvalidRequestError, UnknownSignatureError
from serving.server.json_bodies import read_object, signature_name_of
from serving.server.predictor import Predictor
from serving.tensors.examples import classifications, example_inputs, examples_of_json, regressions
from serving.tensors.signature import CLASSIFY_METHOD, REGRESS_METHOD
from serving.traffic.asking import Client

Call: TypeAlias = Literal["classify", "regress"]
_Results: TypeAlias = Callable[[Mapping[str, np.ndarray], int], list[Any]]
_CALLS: dict[Call, tuple[str, _Results]] = {
    "classify": (CLASSIFY_METHOD, classifications),
    "regress": (REGRESS_METHOD, regressions),
}


def ask(
    predictor: Predictor,
    call: Call,
    model_name: str,
    version: int | str | None,
    signature_name: str,
    examples: list[bytes],
    client: Client,
) -> tuple[int, list[Any]]:
    """Returns the version that answered, and what it said of each example (see tensors.examples).

    Args:
      predictor: asks the model.
      call: classify or regress.
      model_name: as the request names it.
      version: its number or label; None for the one that serves.
      signature_name: which signature to call.
      examples: serialized.
      client: who asks.

    Raises:
      ServingError: see `Predictor.predict`.
    """
    method, results = _CALLS[call]
    try:
        prediction = predictor.predict(
            model_name,
            version,
            signature_name,
            lambda signature: example_inputs(signature, method, examples),
            client,
        )
    except UnknownSignatureError as error:  # Predict has another code for it
        raise InvalidRequestError(str(error)) from error
    return prediction.version, results(prediction.outputs, len(examples))


def answer_json(
    predictor: Predictor,
    call: Call,
    model_name: str,
    version: int | str | None,
    body: bytes,
    client: Client,
) -> bytes:
    """Returns the REST answer: `{"results": [...]}`; arguments and errors as for `ask`."""
    document = read_object(body)
    try:
        examples = examples_of_json(document)
    except RecursionError as error:
        raise InvalidRequestError("a value is nested too deeply") from error
    results = ask(predictor, call, model_name, version, signature_name_of(document), examples, client)[1]
    return json.dumps({"results": results}).encode()
