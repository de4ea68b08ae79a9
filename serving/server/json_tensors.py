"""TensorFlow Serving's REST JSON to numpy arrays and back; plain values in and out, no TensorFlow.

Format: https://www.tensorflow.org/tfx/serving/api_rest. A request holds rows (`{"instances": [...]}`,
answered by `{"predictions": [...]}`) or columns (`{"inputs": {...}}`, answered by `{"outputs": ...}`); bytes
are written `{"b64": "..."}`, and NaN, Infinity and -Infinity are numbers. Two things go beyond TensorFlow
Serving, and one is stricter:

- An input with a default may be left out, of the request or of single rows of it.
- `null`, which TensorFlow Serving refuses, is "left out" for an input with a default.
- An unknown input is refused in `inputs` too, where TensorFlow Serving ignores it: with defaults, a misspelt
  name would otherwise be served as if it had been left out.
"""

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.errors import InvalidRequestError
from serving.models.signature import DEFAULT_SIGNATURE, NUMPY_TYPES, Signature, TensorSpec, repeat_default

_MAX_RANK = 32  # numpy's limit
_JSON_NAMES = {dict: "Object", list: "Array", str: "String", int: "Number", float: "Number", bool: "Boolean"}


@dataclass(frozen=True)
class JsonRequest:
    """The body of a `:predict` request: its payload holds rows or columns."""

    signature_name: str
    holds_rows: bool
    payload: Any


def parse_request(body: bytes) -> JsonRequest:
    """Reads the body of a `:predict` request.

    Raises:
      InvalidRequestError: the body is no JSON object with exactly one of `instances` and `inputs`.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"JSON Parse error: {error}") from error
    if not isinstance(document, dict):
        raise InvalidRequestError("the request must be a JSON object with 'instances' or 'inputs'")
    signature_name = document.get("signature_name", DEFAULT_SIGNATURE)
    if not isinstance(signature_name, str):
        raise InvalidRequestError("'signature_name' key must be a string value")
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
    return JsonRequest(signature_name or DEFAULT_SIGNATURE, holds_rows, payload)


def request_arrays(request: JsonRequest, signature: Signature) -> dict[str, np.ndarray]:
    """Returns the request's inputs by name, shaped [batch, ...], ready for `ServableModel.predict`.

    Raises:
      InvalidRequestError: the payload does not fit the signature.
    """
    if request.holds_rows:
        return rows_to_arrays(request.payload, signature)
    return _columns_to_arrays(request.payload, signature)


def rows_to_arrays(rows: Sequence[Any], signature: Signature) -> dict[str, np.ndarray]:
    """Turns rows into columns: each row a dict by input name, or the bare value of the only input.

    Raises:
      InvalidRequestError: a row lacks a required input, has an unknown one, or a wrong type or shape.
    """
    named = _is_named(rows[0])
    for index, row in enumerate(rows):
        if _is_named(row) != named:
            raise InvalidRequestError(
                f"instance {index} and instance 0 differ: either all or none name their inputs"
            )
        if named and not row.keys() <= signature.inputs.keys():
            raise _unknown(row.keys() - signature.inputs.keys(), signature, f"instance {index}: ")
    if named:
        columns = {name: [row.get(name) for row in rows] for name in signature.inputs}
    else:
        columns = {_only_input(signature, "instances"): list(rows)}
    if incomplete := [name for name in signature.required if None in columns[name]]:
        index = min(columns[name].index(None) for name in incomplete)
        missing = ", ".join(name for name in incomplete if columns[name][index] is None)
        raise InvalidRequestError(f"instance {index}: missing input(s) {missing}, which have no default")
    return {name: _tensor(name, values, signature) for name, values in columns.items()}


def _columns_to_arrays(payload: Any, signature: Signature) -> dict[str, np.ndarray]:
    if _is_named(payload):
        columns = {name: value for name, value in payload.items() if value is not None}
    else:
        columns = {_only_input(signature, "inputs"): payload}
    if unknown := columns.keys() - signature.inputs.keys():
        raise _unknown(unknown, signature)
    if missing := [name for name in signature.required if name not in columns]:
        raise InvalidRequestError(f"Missing named input: {', '.join(missing)} in 'inputs' object.")
    return {name: _tensor(name, value, signature) for name, value in columns.items()}


def _is_named(value: Any) -> bool:
    return isinstance(value, dict) and not _is_base64(value)


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"b64"} and isinstance(value["b64"], str)


def _only_input(signature: Signature, key: str) -> str:
    if len(signature.inputs) != 1:
        names = ", ".join(signature.inputs)
        raise InvalidRequestError(
            f"'{key}' is a plain value/list, but the model has several inputs to name: {names}"
        )
    return next(iter(signature.inputs))


def _unknown(names: set[str], signature: Signature, where: str = "") -> InvalidRequestError:
    known = ", ".join(sorted(signature.inputs))
    return InvalidRequestError(
        f"{where}unknown input(s) {', '.join(sorted(names))}; the model's inputs are: {known}"
    )


def _tensor(name: str, value: Any, signature: Signature) -> np.ndarray:
    """Converts one column, shaped [batch, ...]; the default stands in for each null in it."""
    spec, default = signature.inputs[name], signature.defaults.get(name)
    if default is None or not isinstance(value, list) or None not in value:
        return _dense(name, value, spec)
    given = [index for index, item in enumerate(value) if item is not None]
    if not given:
        return repeat_default(default, len(value))
    items = _dense(name, [value[index] for index in given], spec)
    try:
        column = np.array(np.broadcast_to(default, (len(value), *items.shape[1:])))
    except ValueError as error:
        raise InvalidRequestError(f"input '{name}': its default is of another shape") from error
    column[given] = items
    return column


def _dense(name: str, value: Any, spec: TensorSpec) -> np.ndarray:
    shape: list[int] = []
    level = value
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    if len(shape) > _MAX_RANK or (spec.shape is not None and len(shape) != len(spec.shape)):
        raise InvalidRequestError(f"input '{name}' has shape {shape[:_MAX_RANK]}, the model expects {spec}")
    leaves = value if len(shape) == 1 else _leaves(name, value, shape)
    return np.array(_converted(name, leaves, spec), spec.dtype).reshape(shape)


def _leaves(name: str, value: Any, shape: Sequence[int]) -> list[Any]:
    """Returns the values at the bottom of nested lists, which must have the same `shape` throughout."""
    if not shape:
        return [value]
    if not isinstance(value, list) or len(value) != shape[0]:
        raise InvalidRequestError(
            f"input '{name}': its lists differ in depth or length; expected {list(shape)} here"
        )
    return [leaf for item in value for leaf in _leaves(name, item, shape[1:])]


def _converted(name: str, leaves: list[Any], spec: TensorSpec) -> list[Any]:
    """Returns the values, proved to fit the type without loss."""
    kind = spec.dtype.kind
    if spec.type_name not in NUMPY_TYPES:
        raise InvalidRequestError(f"input '{name}': JSON cannot hold {spec.type_name}; use gRPC")
    if kind == "O":
        return [_bytes(name, leaf) for leaf in leaves]
    by_kind: dict[str, set[type]] = {"f": {int, float}, "b": {bool}}
    allowed = by_kind.get(kind, {int})
    if not set(map(type, leaves)) <= allowed:
        wrong = next(leaf for leaf in leaves if type(leaf) not in allowed)
        raise _wrong_type(name, wrong, spec.type_name)
    if kind == "f":
        _check_precision(name, leaves, spec.dtype)
    elif kind in "iu" and leaves:
        limits = np.iinfo(spec.dtype)
        if min(leaves) < limits.min or max(leaves) > limits.max:
            raise InvalidRequestError(f"input '{name}': a value is outside the range of {spec.dtype}")
    return leaves


def _check_precision(name: str, leaves: list[Any], dtype: np.dtype) -> None:
    """Refuses, as TensorFlow Serving does, whole numbers that the type cannot hold exactly, and overflow."""
    limits = np.finfo(dtype)
    largest, largest_whole = float(limits.max), 2 ** (limits.nmant + 1) - 1
    for leaf in leaves:
        too_large = abs(leaf) > largest_whole if type(leaf) is int else largest < abs(leaf) < math.inf
        if too_large:
            raise InvalidRequestError(f"input '{name}': cannot convert {leaf} to {dtype} without loss")


def _bytes(name: str, leaf: Any) -> bytes:
    try:
        if isinstance(leaf, str):
            return leaf.encode()
        if _is_base64(leaf):
            text = leaf["b64"]
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise InvalidRequestError(f"input '{name}': {error}") from error
    raise _wrong_type(name, leaf, "DT_STRING")


def _wrong_type(name: str, leaf: Any, type_name: str) -> InvalidRequestError:
    found = _JSON_NAMES.get(type(leaf), "Null")
    expected = type_name.removeprefix("DT_").lower()
    return InvalidRequestError(
        f"input '{name}': JSON Value: {json.dumps(leaf):.100} Type: {found} "
        f"is not of expected type: {expected}"
    )


def response_json(outputs: Mapping[str, np.ndarray], as_rows: bool) -> bytes:
    """Writes a model's outputs; a single output stands alone, several are named.

    Args:
      outputs: arrays by name; in rows, each shaped [batch, ...] with one common batch of at least 1.
      as_rows: write `predictions`, one a row, instead of `outputs`, one a tensor.

    Raises:
      InvalidRequestError: the outputs have not one value a row, or are of a type that JSON lacks.
    """
    if not as_rows:
        tensors = {name: _json_values(name, value) for name, value in sorted(outputs.items())}
        return json.dumps({"outputs": _alone_if_single(tensors)}).encode()
    if any(not value.shape or value.shape[0] < 1 for value in outputs.values()):
        raise InvalidRequestError(
            "an output has no batch dimension; send 'inputs' (columns) instead of 'instances'"
        )
    if len({value.shape[0] for value in outputs.values()}) != 1:
        raise InvalidRequestError(
            "the outputs differ in batch size; send 'inputs' (columns) instead of 'instances'"
        )
    columns = {name: _json_values(name, value) for name, value in sorted(outputs.items())}
    if len(columns) == 1:
        return json.dumps({"predictions": _alone_if_single(columns)}).encode()
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return json.dumps({"predictions": rows}).encode()


def _alone_if_single(tensors: dict[str, Any]) -> Any:
    return next(iter(tensors.values())) if len(tensors) == 1 else tensors


def _json_values(name: str, value: np.ndarray) -> Any:
    """Returns nested lists of Python values; float32 gets the shortest digits that read back as the same."""
    if value.dtype == np.float32:
        return value.astype(str).astype(np.float64).tolist()
    if value.dtype == object:
        return np.vectorize(lambda leaf: _text(leaf, name.endswith("_bytes")), otypes=[object])(
            value
        ).tolist()
    if value.dtype not in NUMPY_TYPES.values():
        raise InvalidRequestError(f"output '{name}': JSON cannot hold {value.dtype}; use gRPC")
    return value.tolist()


def _text(leaf: bytes, as_base64: bool) -> Any:
    """Returns a string; `{"b64": ...}` where the output's name ends in `_bytes` or it is not UTF-8."""
    if not as_base64:
        try:
            return leaf.decode()
        except UnicodeDecodeError:
            pass  # TensorFlow Serving writes such bytes as they are, which is not JSON.
    return {"b64": base64.b64encode(leaf).decode()}
