"""Signatures that the tests of tensors and bodies share."""

import numpy as np

from serving.tensors.signature import NUMPY_TYPES, Signature, TensorSpec


def spec(type_name: str, *inner: int | None) -> TensorSpec:
    """Returns the type, of shape [batch, *inner]."""
    return TensorSpec("", type_name, NUMPY_TYPES[type_name], (None, *inner))


FLIGHT = Signature(
    "serving_default",
    {"x": spec("DT_FLOAT"), "n": spec("DT_INT64"), "s": spec("DT_STRING")},
    {},
    {"n": np.array([-1]), "s": np.array([b""], object)},
)
ONE_MATRIX = Signature("serving_default", {"m": spec("DT_FLOAT", None)}, {})
ONE_STRING = Signature("serving_default", {"s": spec("DT_STRING")}, {})
TWO_VECTORS = Signature(
    "serving_default",
    {"v": spec("DT_INT32", 2), "w": spec("DT_BOOL")},
    {},
    {"v": np.array([[7, 8]], np.int32)},
)
