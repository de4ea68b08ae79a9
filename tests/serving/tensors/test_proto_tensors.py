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


def deep(dimensions: int) -> TensorProto:
    """Returns one number in so many brackets."""
    made = TensorProto(dtype="DT_FLOAT", float_val=[1.0])
    for _ in range(dimensions):
        made.tensor_shape.dim.add(size=1)
    return made


@pytest.mark.parametrize(
    ("sent", "array"),
    [
        (tensor("DT_INT64", 3, int64_val=[1, 2, 3]), [1, 2, 3]),
        (tensor("DT_INT64", 3, int64_val=[7]), [7, 7, 7]),
        (tensor("DT_INT64", 0), []),
        (tensor("DT_STRING", 2, string_val=[b"a", b"b"]), [b"a", b"b"]),
        (tf.make_tensor_proto(np.arange(3.0, dtype=np.float32)), [0, 1, 2]),
        (tensor("DT_STRING", 2, string_val=[b"a"]), [b"a", b"a"]),
        (tensor("DT_UINT8", 2, int_val=[0, 255]), [0, 255]),
        (tensor("DT_UINT64", 1, uint64_val=[2**64 - 1]), [2**64 - 1]),
        (tensor("DT_BOOL", 2, tensor_content=b"\1\0"), [True, False]),
        (tf.make_tensor_proto(np.float16([0.5, 1])), [0.5, 1]),
        (tf.make_tensor_proto(np.complex64([1j])), [1j]),
    ],
    ids=[
        "each",
        "one for all",
        "none of none",
        "text",
        "as bytes",
        "one text for all",
        "narrow",
        "wide",
        "booleans",
        "half",
        "complex",
    ],
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
        (tensor("DT_HALF", 2), "0 values in half_val, and its shape has 2"),
        (tensor("DT_COMPLEX64", 1, scomplex_val=[1.0]), "0.5 values in scomplex_val, and its shape has 1"),
        (tensor("DT_INT8", 1, int_val=[128]), "128 is not from -128 to 127"),
        (tensor("DT_UINT16", 2, int_val=[1, -1]), "-1 is not from 0 to 65535"),
        (tensor("DT_HALF", 1, half_val=[2**16]), "65536 is not from 0 to 65535"),
        (
            tensor("DT_INT64", 1, tensor_content=b"1234567"),
            "7 bytes in tensor_content, and its shape has 1 values of 8 bytes",
        ),
        (tensor("DT_STRING", 1, tensor_content=b"ab"), "strings in tensor_content; send them in string_val"),
        (tensor("DT_BOOL", 2, tensor_content=b"\1\2"), "a byte in tensor_content is neither true nor false"),
        (tensor(0, 1), "its dtype DT_INVALID is none that can be sent"),
        (tensor("DT_RESOURCE", 1), "its dtype DT_RESOURCE is none that can be sent"),
        (tensor("DT_FLOAT_REF", 1, float_val=[1.0]), "its dtype DT_FLOAT_REF is none that can be sent"),
        (tensor(999, 1), "its dtype 999 is none that can be sent"),
        (tensor("DT_INT64", -1, int64_val=[1]), "shape [-1] with unknown sizes"),
        (TensorProto(dtype="DT_FLOAT", tensor_shape={"unknown_rank": True}), "shape [] with unknown sizes"),
        (deep(100), "maximum supported dimension for an ndarray is"),
    ],
    ids=str,
)
def test_what_is_not_as_its_type_and_shape_say_is_refused(sent: TensorProto, found: str):
    with pytest.raises(InvalidRequestError) as refused:
        tensor_to_array("x", sent, 10)
    assert str(refused.value).startswith(f"tensor parsing error: x: {found}")
