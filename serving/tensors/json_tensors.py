"""The values of one input or output in TensorFlow Serving's REST JSON, to a numpy array and back.

Plain values in and out, no TensorFlow. Bytes are written `{"b64": "..."}`; NaN, Infinity and -Infinity are
numbers.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from serving.errors import InvalidRequestError
from serving.tensors.signature import NUMPY_TYPES, TensorSpec
from serving.values import Kind, refusal, whole

_KINDS: dict[str, Kind] = {"i": "int", "u": "int", "f": "float", "b": "bool"}
_MAX_RANK = 32  # numpy's limit
_JSON_NAMES = {dict: "Object", list: "Array", str: "String", int: "Number", float: "Number", bool: "Boolean"}


def json_to_array(name: str, value: Any, spec: TensorSpec) -> np.ndarray:
    """Returns nested lists of JSON values as an array of exactly the input's type.

    Raises:
      InvalidRequestError: the lists have another shape or uneven lengths, or a value does not fit the type.
    """
    plain = spec.plain_reader(value) if spec.plain_reader and type(value) is list else None
    return unusual_array(name, value, spec) if plain is None else plain


def unusual_array(name: str, value: Any, spec: TensorSpec) -> np.ndarray:
    """Does what `json_to_array` does, whatever the values are, and refuses what does not fit."""
    shape: list[int] = []
    level = value
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0] if level else None
    if len(shape) > _MAX_RANK or (spec.shape is not None and len(shape) != len(spec.shape)):
        raise InvalidRequestError(f"input '{name}' has shape {shape[:_MAX_RANK]}, the model expects {spec}")
    leaves = value if len(shape) == 1 else _leaves(name, value, shape)
    return np.array(_checked(name, leaves, spec), spec.dtype).reshape(shape)


def _leaves(name: str, value: Any, shape: Sequence[int]) -> list[Any]:
    """Returns the values at the bottom of nested lists, which must have the same `shape` throughout."""
    if not shape:
        return [value]
    if not isinstance(value, list) or len(value) != shape[0]:
        raise InvalidRequestError(
            f"input '{name}': its lists differ in depth or length; expected {list(shape)} here"
        )
    return [leaf for item in value for leaf in _leaves(name, item, shape[1:])]


def _checked(name: str, leaves: list[Any], spec: TensorSpec) -> list[Any]:
    """Returns the values, bytes decoded, once each is known to fit the type without loss."""
    kind = spec.dtype.kind
    if spec.type_name not in NUMPY_TYPES:
        raise InvalidRequestError(f"input '{name}': JSON cannot hold {spec.type_name}; use gRPC")
    if kind == "O":
        return [_bytes(name, leaf) for leaf in leaves]
    allowed = {bool} if kind == "b" else {int, float}
    if not set(map(type, leaves)) <= allowed:
        wrong = next(leaf for leaf in leaves if type(leaf) not in allowed)
        raise _wrong_type(name, wrong, spec)
    if kind == "f":
        _check_precision(name, leaves, spec.dtype)
    elif kind in "iu":
        return [_whole(name, leaf, spec) for leaf in leaves]
    return leaves


def _whole(name: str, leaf: int | float, spec: TensorSpec) -> int:
    """Returns a whole number, also one with a decimal point, as ingestion reads it: 12.0 is 12."""
    number = whole(leaf) if type(leaf) is float else int(leaf)
    if number is None:
        raise _wrong_type(name, leaf, spec)
    limits = np.iinfo(spec.dtype)
    if not limits.min <= number <= limits.max:
        raise InvalidRequestError(
            f"input '{name}': {refusal('int', number)}; it is outside the range of {spec.dtype}"
        )
    return number


def _check_precision(name: str, leaves: list[Any], dtype: np.dtype) -> None:
    """Raises, as TensorFlow Serving does, for overflow and for whole numbers the type cannot hold exactly."""
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
        if is_base64(leaf):
            return base64_bytes(leaf)
    except (UnicodeEncodeError, ValueError) as error:
        raise InvalidRequestError(f"input '{name}': {error}") from error
    raise _not_of_type(name, leaf, "DT_STRING")


def base64_bytes(value: Mapping[str, str]) -> bytes:
    """Returns what `{"b64": "..."}` stands for, with padding or without.

    Raises:
      ValueError: it is no base64.
    """
    text = value["b64"]
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _wrong_type(name: str, leaf: Any, spec: TensorSpec) -> InvalidRequestError:
    """Returns the refusal of a number or boolean: in the words of ingestion, then in TensorFlow Serving's."""
    why = ""
    if isinstance(leaf, (str, int, float)):
        why = refusal(_KINDS[spec.dtype.kind], json.dumps(leaf) if isinstance(leaf, bool) else leaf) + "; "
    return _not_of_type(name, leaf, spec.type_name, why)


def _not_of_type(name: str, leaf: Any, type_name: str, why: str = "") -> InvalidRequestError:
    actual = _JSON_NAMES.get(type(leaf), "Null")
    expected = type_name.removeprefix("DT_").lower()
    return InvalidRequestError(
        f"input '{name}': {why}JSON Value: {json.dumps(leaf):.100} Type: {actual} "
        f"is not of expected type: {expected}"
    )


def is_base64(value: Any) -> bool:
    """Returns whether a JSON value stands for bytes: `{"b64": "..."}`."""
    return isinstance(value, dict) and value.keys() == {"b64"} and isinstance(value["b64"], str)


def array_to_json(name: str, value: np.ndarray) -> Any:
    """Returns an output as nested lists; float32 gets the shortest digits that read back as the same.

    Raises:
      InvalidRequestError: JSON has no notation for the output's type.
    """
    if value.dtype == np.float32:
        return value.astype(str).astype(np.float64).tolist()
    if value.dtype == object:
        as_base64 = name.endswith("_bytes")
        return np.vectorize(lambda leaf: _text(leaf, as_base64), otypes=[object])(value).tolist()
    if value.dtype not in NUMPY_TYPES.values():
        raise InvalidRequestError(f"output '{name}': JSON cannot hold {value.dtype}; use gRPC")
    return value.tolist()


def _text(leaf: bytes, as_base64: bool) -> Any:
    """Returns a string; `{"b64": ...}` where `as_base64`, or where it is not UTF-8.

    TensorFlow Serving writes bytes that are not UTF-8 as they are, which is not JSON.
    """
    if not as_base64:
        with contextlib.suppress(UnicodeDecodeError):
            return leaf.decode()
    return {"b64": base64.b64encode(leaf).decode()}
