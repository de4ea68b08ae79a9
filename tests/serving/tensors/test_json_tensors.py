"""The values of one input or output in JSON, to an array and back, as TensorFlow Serving does it."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import InvalidRequestError
from serving.tensors.json_tensors import array_to_json, json_to_array
from tests.serving.tensors.sample_signatures import spec


def refusal(type_name: str, value: Any, *inner: int | None) -> str:
    """Returns the error's text."""
    with pytest.raises(InvalidRequestError) as refused:
        json_to_array("x", value, spec(type_name, *inner))
    return str(refused.value)


def test_bytes_are_written_as_base64_objects() -> None:
    values = json_to_array("s", [{"b64": "/wA="}, {"b64": "/wA"}, "text"], spec("DT_STRING"))
    assert values.tolist() == [b"\xff\x00", b"\xff\x00", b"text"]
    assert "input 'x'" in refusal("DT_STRING", [{"b64": "?"}])


def test_nan_and_infinity_are_numbers() -> None:
    values = json_to_array("x", json.loads("[NaN, Infinity, -Infinity]"), spec("DT_FLOAT")).tolist()
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    ("type_name", "value", "message"),
    [
        (
            "DT_FLOAT",
            ["1"],
            "input 'x': '1' is not a finite number; "
            'JSON Value: "1" Type: String is not of expected type: float',
        ),
        ("DT_INT64", ["1_545"], "input 'x': '1_545' is not a whole number; JSON Value"),
        (
            "DT_INT64",
            [True],
            "input 'x': 'true' is not a whole number; JSON Value: true Type: Boolean is not",
        ),
        ("DT_BOOL", [1], "input 'x': '1' is not true or false; JSON Value: 1 Type: Number is not"),
        ("DT_INT64", [None], "input 'x': JSON Value: null Type: Null is not of expected type: int64"),
        ("DT_FLOAT", [True], "Type: Boolean is not of expected type: float"),
        (
            "DT_INT64",
            [3.5],
            "'3.5' is not a whole number; round it, or make the column a float32; JSON Value: 3.5",
        ),
        ("DT_INT64", [1e15], "'1000000000000000.0' is not a whole number"),
        ("DT_INT64", json.loads("[1e400]"), "'inf' is not a whole number"),
        ("DT_STRING", [3], "Type: Number is not of expected type: string"),
        ("DT_FLOAT", [[1]], "has shape [1, 1], the model expects float [?]"),
        ("DT_FLOAT", [2**24 + 1], "without loss"),
        ("DT_FLOAT", [1e39], "without loss"),
        (
            "DT_INT64",
            [2**63],
            "'9223372036854775808' is not a whole number of 64 bits; it is outside the range of",
        ),
        ("DT_UINT8", [-1], "outside the range of uint8"),
    ],
)
def test_a_value_that_the_type_cannot_hold_is_refused(type_name: str, value: Any, message: str) -> None:
    assert message in refusal(type_name, value)


def test_a_whole_number_may_have_a_decimal_point() -> None:
    values = json_to_array("x", [12.0, -3.0, 4], spec("DT_INT64"))
    assert values.dtype == np.int64
    assert values.tolist() == [12, -3, 4]


def test_lists_of_unequal_length_are_refused() -> None:
    assert "differ in depth or length" in refusal("DT_FLOAT", [[1, 2], [3]], None)
    assert "differ in depth or length" in refusal("DT_FLOAT", [[1, 2], 3], None)


def test_strings_are_text_and_bytes_are_base64() -> None:
    assert array_to_json("s", np.array([b"a", b"\xff"], object)) == ["a", {"b64": "/w=="}]
    named_bytes = array_to_json("s_bytes", np.array([b"a", b"b"], object))
    assert named_bytes == [{"b64": "YQ=="}, {"b64": "Yg=="}]


@given(st.lists(st.floats(width=32), min_size=1))
def test_a_float_reads_back_as_exactly_the_same_float(values: list[float]) -> None:
    text = json.dumps(array_to_json("p", np.array(values, np.float32)))
    np.testing.assert_array_equal(np.array(json.loads(text), np.float32), np.float32(values))


def test_a_float_is_written_without_noise_digits() -> None:
    values = np.array([0.1, 1.0, np.nan, -np.inf], np.float32)
    assert json.dumps(array_to_json("p", values)) == "[0.1, 1.0, NaN, -Infinity]"
