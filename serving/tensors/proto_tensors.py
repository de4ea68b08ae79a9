"""TensorProto, as the gRPC API carries tensors, to numpy arrays and back."""

from __future__ import annotations

import math

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


def tensor_to_array(name: str, tensor: TensorProto, max_values: int) -> np.ndarray:
    """Returns a request's tensor as an array.

    Raises:
      InvalidRequestError: it is malformed.
      RequestTooLargeError: its shape declares over `max_values` values (one that is sent can stand for all).
    """
    sizes = [dim.size for dim in tensor.tensor_shape.dim]
    if min(sizes, default=0) < 0:
        raise InvalidRequestError(f"tensor parsing error: {name}: shape {sizes}")
    if math.prod(sizes) > max_values:
        raise RequestTooLargeError(f"input '{name}' declares over {max_values} values; send fewer rows")
    _check_count(name, tensor, math.prod(sizes))
    try:
        return tf.make_ndarray(tensor)
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(f"tensor parsing error: {name}: {error}") from error


def _check_count(name: str, tensor: TensorProto, declared: int) -> None:
    """Raises unless the values are as many as the shape says, or one that stands for all.

    TensorFlow repeats the last one where there are too few, and takes none for zeros.
    """
    field = _VALUE_FIELDS.get(DataType.Name(tensor.dtype))
    if field is None or tensor.tensor_content:
        return
    sent = len(getattr(tensor, field))
    if sent not in (1, declared) or (sent == 1 and not declared):
        raise InvalidRequestError(
            f"tensor parsing error: {name}: {sent} values in {field}, and its shape has {declared}"
        )


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
