"""What a model takes and returns, as plain values: no TensorFlow is imported here.

The server reads it from a SignatureDef, the client from the server's answer to a metadata call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from serving.errors import InvalidRequestError

DEFAULT_SIGNATURE = "serving_default"

# TensorFlow's name of a type -> the numpy type of its values. Strings are arrays of bytes objects.
NUMPY_TYPES: dict[str, np.dtype] = {
    "DT_FLOAT": np.dtype(np.float32),
    "DT_DOUBLE": np.dtype(np.float64),
    "DT_INT8": np.dtype(np.int8),
    "DT_INT16": np.dtype(np.int16),
    "DT_INT32": np.dtype(np.int32),
    "DT_INT64": np.dtype(np.int64),
    "DT_UINT8": np.dtype(np.uint8),
    "DT_UINT16": np.dtype(np.uint16),
    "DT_UINT32": np.dtype(np.uint32),
    "DT_UINT64": np.dtype(np.uint64),
    "DT_BOOL": np.dtype(np.bool_),
    "DT_STRING": np.dtype(object),
}


@dataclass(frozen=True)
class TensorSpec:
    """Type and shape of one named input or output.

    Attributes:
      tensor_name: name of the tensor in the graph, such as `serving_default_x:0`.
      type_name: TensorFlow's name of the type, such as `DT_INT64`.
      dtype: the numpy type of its values.
      shape: one number per dimension, None where any size will do; None for any rank.
    """

    tensor_name: str
    type_name: str
    dtype: np.dtype
    shape: tuple[int | None, ...] | None

    def __str__(self) -> str:
        """Returns `int64 [?]`: the type, then the shape with `?` for any size."""
        shape = "of any shape" if self.shape is None else str(["?" if d is None else d for d in self.shape])
        return f"{self.type_name.removeprefix('DT_').lower()} {shape}".replace("'", "")

    def check(self, name: str, value: np.ndarray) -> None:
        """Raises an error for a value of another type or shape.

        Raises:
          InvalidRequestError: the type or the shape of `value` does not fit.
        """
        if value.dtype != self.dtype:
            raise InvalidRequestError(f"input '{name}' has type {value.dtype}, expected: {self}")
        if self.shape is None:
            return
        fits = len(value.shape) == len(self.shape) and all(
            size is None or size == actual for size, actual in zip(self.shape, value.shape, strict=True)
        )
        if not fits:
            raise InvalidRequestError(f"input '{name}' has shape {list(value.shape)}, expected: {self}")


@dataclass(frozen=True)
class Signature:
    """The named inputs and outputs of one way to call a model.

    Attributes:
      defaults: value of each input that a request may leave out, shaped [1, ...].
    """

    name: str
    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
    defaults: Mapping[str, np.ndarray] = field(default_factory=dict)

    @cached_property
    def required(self) -> list[str]:
        """Names of the inputs that every request must hold, sorted."""
        return sorted(self.inputs.keys() - self.defaults.keys())


def repeat_default(default: np.ndarray, batch_size: int) -> np.ndarray:
    """Returns a default shaped [1, ...] as [batch_size, ...], and one of any other shape as it is."""
    if default.ndim == 0 or default.shape[0] != 1:
        return default
    return np.repeat(default, batch_size, axis=0)
