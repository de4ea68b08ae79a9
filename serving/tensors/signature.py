"""What a model takes and returns, as plain values: no TensorFlow is imported here.

The server reads it from a SignatureDef, the client from the server's answer to a metadata call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from serving.errors import InvalidRequestError
from serving.tensors.plain_values import Reader, plain_reader

DEFAULT_SIGNATURE = "serving_default"
PREDICT_METHOD = "tensorflow/serving/predict"
CLASSIFY_METHOD = "tensorflow/serving/classify"
REGRESS_METHOD = "tensorflow/serving/regress"

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

    @cached_property
    def plain_reader(self) -> Reader | None:
        """What reads its values where they are one list in JSON; None where they are not."""
        is_list = self.shape is not None and len(self.shape) == 1
        return plain_reader(self.dtype) if is_list and self.type_name in NUMPY_TYPES else None

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
        actual = value.shape
        fixed = self._fixed_sizes
        if len(actual) != len(self.shape) or (fixed and any(actual[axis] != size for axis, size in fixed)):
            raise InvalidRequestError(f"input '{name}' has shape {list(actual)}, expected: {self}")

    @cached_property
    def _fixed_sizes(self) -> list[tuple[int, int]]:
        return [(axis, size) for axis, size in enumerate(self.shape or ()) if size is not None]


@dataclass(frozen=True)
class Signature:
    """The named inputs and outputs of one way to call a model.

    Attributes:
      defaults: value of each input that a request may leave out, shaped [1, ...].
      method_name: which calls it answers: all answer Predict, some Classify or Regress.
    """

    name: str
    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]
    defaults: Mapping[str, np.ndarray] = field(default_factory=dict)
    method_name: str = PREDICT_METHOD

    @cached_property
    def required(self) -> list[str]:
        """Names of the inputs that every request must hold, sorted."""
        return sorted(self.inputs.keys() - self.defaults.keys())

    @cached_property
    def row_inputs(self) -> list[str]:
        """Names of the inputs that hold one value a row: those whose first dimension is of any size.

        None does where no output has one value a row either, and no input a default to be repeated: such a
        signature takes, say, two lists of their own lengths and answers with one number.
        """
        with_rows = any(spec.shape is None or spec.shape[:1] == (None,) for spec in self.outputs.values())
        if not with_rows and not self.defaults:
            return []
        return [name for name, spec in self.inputs.items() if spec.shape and spec.shape[0] is None]

    def default(self, name: str, rows: int) -> np.ndarray:
        """Returns the default of an input, for so many rows where it holds one value a row."""
        default, shape = self.defaults[name], self.inputs[name].shape
        if rows == 1 or default.shape[:1] != (1,) or (shape and shape[0] is not None):
            return default
        return np.repeat(default, rows, axis=0)
