"""Signatures out of the SignatureDefs that a SavedModel stores and a metadata call answers."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from serving.errors import ModelLoadError
from serving.tensors.signature import PREDICT_METHOD, Signature, TensorSpec

# The one metadata field that TensorFlow Serving's API has, and the key of its answer.
SIGNATURE_DEF = "signature_def"


def signature_of(name: str, definition: meta_graph_pb2.SignatureDef) -> Signature:
    """Returns a SignatureDef as plain values.

    Raises:
      ModelLoadError: an input or output is not a dense tensor.
    """
    return Signature(
        name,
        {key: _tensor_spec(name, key, definition.inputs[key]) for key in sorted(definition.inputs)},
        {key: _tensor_spec(name, key, definition.outputs[key]) for key in sorted(definition.outputs)},
        {key: tf.make_ndarray(value) for key, value in definition.defaults.items()},
        definition.method_name or PREDICT_METHOD,
    )


def _tensor_spec(signature_name: str, key: str, info: meta_graph_pb2.TensorInfo) -> TensorSpec:
    if info.WhichOneof("encoding") != "name":
        raise ModelLoadError(f"signature '{signature_name}': '{key}' is not a dense tensor; make it dense")
    dims = None if info.tensor_shape.unknown_rank else info.tensor_shape.dim
    return TensorSpec(
        tensor_name=info.name,
        type_name=types_pb2.DataType.Name(info.dtype),
        dtype=np.dtype(tf.as_dtype(info.dtype).as_numpy_dtype),
        shape=None if dims is None else tuple(None if d.size < 0 else d.size for d in dims),
    )
