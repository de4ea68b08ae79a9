"""The tf.Examples of calls to Classify and Regress, by gRPC and by REST, and what such signatures answer.

The checks are TensorFlow Serving's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from tensorflow.core.example.example_pb2 import Example
from tensorflow.core.example.feature_pb2 import Feature
from tensorflow_serving.apis.input_pb2 import Input

from serving.errors import InvalidRequestError, PredictionFailedError
from serving.tensors.json_tensors import base64_bytes, is_base64
from serving.tensors.signature import CLASSIFY_METHOD, Signature

_INPUT = "inputs"
_MAX_FLOAT = float(np.finfo(np.float32).max)


def examples_of(message: Input) -> list[bytes]:
    """Returns the serialized examples of a request, each merged with its context.

    Raises:
      InvalidRequestError: there is none.
    """
    context, found = b"", message.example_list.examples
    if message.WhichOneof("kind") == "example_list_with_context":
        context = message.example_list_with_context.context.SerializeToString()
        found = message.example_list_with_context.examples
    if not found:
        raise InvalidRequestError("Input is empty.")
    return [context + example.SerializeToString() for example in found]


def examples_of_json(document: Mapping[str, Any]) -> list[bytes]:
    """Returns the same of a REST request's body: `{"examples": [{...}], "context": {...}}`.

    Raises:
      InvalidRequestError: there is none, or one is no object of features.
    """
    context = _example(document["context"]).SerializeToString() if "context" in document else b""
    if "examples" not in document:
        raise InvalidRequestError(
            "When method is classify or regress, key 'examples' is expected and was not found"
        )
    found = document["examples"]
    if not isinstance(found, list):
        raise InvalidRequestError("Expecting 'examples' value to be an list/array")
    if not found:
        raise InvalidRequestError("'examples' value is an empty array")
    return [context + _example(each).SerializeToString() for each in found]


def _example(value: Any) -> Example:
    if not isinstance(value, dict):
        raise InvalidRequestError(f"Example must be JSON object but got {value!r:.40}")
    example = Example()
    for name, content in value.items():
        try:
            example.features.feature[name].CopyFrom(_feature(name, content))
        except ValueError as error:  # no UTF-8, no base64
            raise InvalidRequestError(f"Feature: {name!r:.40}: {error}") from error
    return example


def _feature(name: str, content: Any) -> Feature:
    """Returns one value or a list of one kind: texts and bytes, numbers with or without a decimal point."""
    values = content if isinstance(content, list) else [content]
    feature = Feature()
    kinds = {int if type(each) is bool else bytes if is_base64(each) else type(each) for each in values}
    if kinds <= {str, bytes}:
        feature.bytes_list.value.extend(
            each.encode() if isinstance(each, str) else base64_bytes(each) for each in values
        )
    elif kinds == {int}:
        if not all(-(2**63) <= each < 2**63 for each in values):
            raise InvalidRequestError(f"Feature: {name} has a number that is no int64")
        feature.int64_list.value.extend(map(int, values))
    elif kinds == {float}:
        if any(_MAX_FLOAT < abs(each) < float("inf") for each in values):
            raise InvalidRequestError(f"Feature: {name} has a number that is too large for float")
        feature.float_list.value.extend(values)
    else:
        raise InvalidRequestError(
            f"Feature: {name} is {content!r:.60}; expected numbers, texts or bytes, in a list of one kind"
        )
    return feature


def example_inputs(signature: Signature, method: str, examples: list[bytes]) -> dict[str, np.ndarray]:
    """Returns the inputs of a signature for Classify or Regress.

    Raises:
      InvalidRequestError: the signature is not made for this call.
    """
    if signature.method_name != method:
        kind = "classification" if method == CLASSIFY_METHOD else "regression"
        raise InvalidRequestError(
            f"Expected {kind} signature method_name to be {method}. Was: {signature.method_name}"
        )
    if list(signature.inputs) != [_INPUT]:
        raise InvalidRequestError(
            f"Expected one input Tensor, '{_INPUT}'; found: {', '.join(signature.inputs)}"
        )
    return {_INPUT: np.array(examples, object)}


def classifications(outputs: Mapping[str, np.ndarray], examples: int) -> list[list[tuple[str, float]]]:
    """Returns label and score of each class of each example; the model may leave out either of them.

    Raises:
      PredictionFailedError: it answers with neither, or in another shape.
    """
    found = [outputs[name] for name in ("classes", "scores") if name in outputs]
    if not found or len({each.shape for each in found}) != 1 or found[0].shape[:1] != (examples,):
        shapes = ", ".join(f"{name} {list(value.shape)}" for name, value in outputs.items())
        raise PredictionFailedError(
            f"expected classes or scores of shape [{examples}, classes] but got {shapes}"
        )
    labels = outputs.get("classes", np.full(found[0].shape, b"", object))
    scores = outputs.get("scores", np.zeros(found[0].shape, np.float32))
    try:
        return [
            [(label.decode(), score) for label, score in zip(*row, strict=True)]
            for row in zip(labels.tolist(), scores.tolist(), strict=True)
        ]
    except (TypeError, AttributeError, UnicodeDecodeError) as error:
        raise PredictionFailedError(
            f"the classes and scores are no texts and numbers [examples, classes]: {error}"
        ) from error


def regressions(outputs: Mapping[str, np.ndarray], examples: int) -> list[float]:
    """Returns the one number of each example.

    Raises:
      PredictionFailedError: the model answers with others.
    """
    values = outputs.get("outputs")
    if values is None or values.shape not in ((examples,), (examples, 1)) or values.dtype.kind != "f":
        shapes = ", ".join(f"{name} {list(value.shape)} {value.dtype}" for name, value in outputs.items())
        raise PredictionFailedError(
            f"expected outputs of shape [{examples}] or [{examples}, 1] but got {shapes}"
        )
    return [float(value) for value in values.reshape(-1)]
