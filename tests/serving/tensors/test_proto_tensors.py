"""A request's tensor is what was sent, or is refused: TensorFlow makes up values where there are too few."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework.tensor_pb2 import TensorProto

from serving.errors import InvalidRequestError
from serving.tensors.proto_tensors import tensor_to_array


def tensor(dtype: str, size: int, **values: list) -> TensorProto:
    made = TensorProto(dtype=dtype, **values)
    made.tensor_shape.dim.add(size=size)
    return made


@pytest.mark.parametrize(
    ("sent", "array"),
    [
        (tensor("DT_INT64", 3, int64_val=[1, 2, 3]), [1, 2, 3]),
        (tensor("DT_INT64", 3, int64_val=[7]), [7, 7, 7]),
        (tensor("DT_INT64", 0), []),
        (tensor("DT_STRING", 2, string_val=[b"a", b"b"]), [b"a", b"b"]),
        (tf.make_tensor_proto(np.arange(3.0, dtype=np.float32)), [0, 1, 2]),
    ],
    ids=["each", "one for all", "none of none", "text", "as bytes"],
)
def test_values_are_taken_as_they_were_sent(sent: TensorProto, array: list):
    assert tensor_to_array("x", sent, 10).tolist() == array


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        (tensor("DT_INT64", 3, float_val=[1.0, 2.0, 3.0]), "0 values in int64_val, and its shape has 3"),
        (tensor("DT_STRING", 1), "0 values in string_val, and its shape has 1"),
        (tensor("DT_INT64", 3, int64_val=[1, 2]), "2 values in int64_val, and its shape has 3"),
        (tensor("DT_FLOAT", 1, float_val=[1.0, 2.0]), "2 values in float_val, and its shape has 1"),
        (tensor("DT_FLOAT", 0, float_val=[1.0]), "1 values in float_val, and its shape has 0"),
    ],
    ids=["in another field", "none", "too few", "too many", "one of none"],
)
def test_another_number_of_values_than_the_shape_has_is_refused(sent: TensorProto, found: str):
    with pytest.raises(InvalidRequestError) as refused:
        tensor_to_array("x", sent, 10)
    assert str(refused.value) == f"tensor parsing error: x: {found}"
