"""TensorProto, as the gRPC API carries tensors, to numpy arrays and back."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto
from tensorflow.core.framework.types_pb2 import DataType

from serving.errors import InvalidRequestError, RequestTooLargeError
from serving.tensors.signature import NUMPY_TYPES

# TensorFlow Serving answers in these typed fields, and clients read them by name (`.float_val`).
_VALUE_FIELDS = {
    "DT_FLOAT": "float_val",
    "DT_DOUBLE": "double_val",
    "DT_INT8": "int_val",
    "DT_INT16": "int_val",
    "DT_INT32": "int_val",
    "DT_UINT8": "int_val",
    "DT_UINT16": "int_val",
    "DT_INT64": "int64_val",
    "DT_UINT32": "uint32_val",
    "DT_UINT64": "uint64_val",
    "DT_BOOL": "bool_val",
    "DT_STRING": "string_val",
}
_TYPE_NAMES = {dtype: name for name, dtype in NUMPY_TYPES.items()}


# What tf.make_ndarray reads besides: field, and how many of its values make one of the tensor's.
_OTHER_FIELDS = {
    DataType.Value("DT_HALF"): ("half_val", 1),
    DataType.Value("DT_BFLOAT16"): ("half_val", 1),
    DataType.Value("DT_COMPLEX64"): ("scomplex_val", 2),
    DataType.Value("DT_COMPLEX128"): ("dcomplex_val", 2),
}
# By number of the type: the field of its values, and its numpy type.
_KNOWN = {DataType.Value(name): (field, NUMPY_TYPES[name]) for name, field in _VALUE_FIELDS.items()}
# Types whose field holds wider numbers than they can.
_NARROW = {
    dtype: (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    for field, dtype in _KNOWN.values()
    if field == "int_val" and dtype != np.int32
}


def tensor_to_array(name: str, tensor: TensorProto, max_values: int) -> np.ndarray:
    """Returns a request's tensor as an array, which may be read-only.

    Raises:
      InvalidRequestError: it is malformed. TensorFlow repeats the last value where there are too few, and
        takes none for zeros; both are refused here.
      RequestTooLargeError: its shape declares over `max_values` values (one that is sent can stand for all).
    """
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    if tensor.tensor_shape.unknown_rank or min(shape, default=0) < 0:
        raise _malformed(name, f"shape {shape} with unknown sizes")
    declared = math.prod(shape)
    if declared > max_values:
        raise RequestTooLargeError(f"input '{name}' declares over {max_values} values; send fewer rows")
    known = _KNOWN.get(tensor.dtype)
    try:
        if known is None:
            return _of_other_type(name, tensor, declared)
        field, dtype = known
        if tensor.tensor_content:
            return _from_content(name, tensor.tensor_content, dtype, declared).reshape(shape)
        values = getattr(tensor, field)[:]  # a list: numpy takes five times as long for the field itself
        _check_count(name, field, len(values), declared)
        if dtype in _NARROW and values:
            _check_range(name, values, *_NARROW[dtype])
        if len(values) == declared:
            return np.array(values, dtype).reshape(shape)
        return np.full(shape, np.array(values[0], dtype), dtype)
    except ValueError as error:  # more dimensions than numpy has
        raise _malformed(name, str(error)) from error


def _from_content(name: str, content: bytes, dtype: np.dtype, declared: int) -> np.ndarray:
    if dtype.kind == "O":
        raise _malformed(name, "strings in tensor_content; send them in string_val")
    if len(content) != declared * dtype.itemsize:
        expected = f"{declared} values of {dtype.itemsize} bytes"
        raise _malformed(name, f"{len(content)} bytes in tensor_content, and its shape has {expected}")
    if dtype == np.bool_ and content.strip(b"\0\1"):
        raise _malformed(name, "a byte in tensor_content is neither true nor false")
    return np.frombuffer(content, dtype)


def _of_other_type(name: str, tensor: TensorProto, declared: int) -> np.ndarray:
    """Returns a tensor of a rare type; its bytes are checked by TensorFlow alone."""
    if tensor.dtype not in _OTHER_FIELDS:
        type_name = DataType.Name(tensor.dtype) if tensor.dtype in DataType.values() else tensor.dtype
        raise _malformed(name, f"its dtype {type_name} is none that can be sent")
    field, each = _OTHER_FIELDS[tensor.dtype]
    values = getattr(tensor, field)
    if not tensor.tensor_content:
        _check_count(name, field, len(values) / each, declared)
        if field == "half_val" and values:
            _check_range(name, values, 0, 2**16 - 1)
    return tf.make_ndarray(tensor)


def _check_count(name: str, field: str, sent: float, declared: int) -> None:
    """Raises unless the values are as many as the shape says, or one that stands for all."""
    if sent != declared and (sent != 1 or not declared):
        raise _malformed(name, f"{sent:g} values in {field}, and its shape has {declared}")


def _check_range(name: str, values: Sequence[int], low: int, high: int) -> None:
    for value in (min(values), max(values)):
        if not low <= value <= high:
            raise _malformed(name, f"{value} is not from {low} to {high}")


def _malformed(name: str, what: str) -> InvalidRequestError:
    return InvalidRequestError(f"tensor parsing error: {name}: {what}")


def array_to_tensor(value: np.ndarray) -> TensorProto:
    """Returns a model's output as TensorFlow Serving sends it: the values in their typed field."""
    type_name = _TYPE_NAMES.get(value.dtype)
    if type_name is None:
        return tf.make_tensor_proto(value)
    tensor = TensorProto(dtype=type_name)
    for size in value.shape:
        tensor.tensor_shape.dim.add(size=size)
    getattr(tensor, _VALUE_FIELDS[type_name]).extend(value.ravel().tolist())
    return tensor
