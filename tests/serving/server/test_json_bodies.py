"""REST JSON to arrays and back, as TensorFlow Serving does it, and left-out inputs beyond that."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import InvalidRequestError
from serving.server.json_bodies import parse_request, request_arrays, response_json
from serving.tensors.signature import NUMPY_TYPES, Signature, TensorSpec


def spec(type_name: str, *inner: int | None) -> TensorSpec:
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


def arrays(signature: Signature, body: dict[str, Any] | str) -> dict[str, Any]:
    """The arrays of a request, as lists."""
    text = body if isinstance(body, str) else json.dumps(body)
    found = request_arrays(parse_request(text.encode()), signature)
    for name, value in found.items():
        assert value.dtype == signature.inputs[name].dtype
    return {name: value.tolist() for name, value in found.items()}


def refusal(signature: Signature, body: dict[str, Any] | str) -> str:
    with pytest.raises(InvalidRequestError) as refused:
        arrays(signature, body)
    return str(refused.value)


def test_rows_become_columns() -> None:
    rows = [{"x": 1.5, "n": 2, "s": "a"}, {"x": 2, "n": 3, "s": "ä"}]
    assert arrays(FLIGHT, {"instances": rows}) == {"x": [1.5, 2.0], "n": [2, 3], "s": [b"a", "ä".encode()]}


def test_columns_are_taken_as_they_are() -> None:
    assert arrays(FLIGHT, {"inputs": {"x": [1.5, 2], "n": [2, 3]}}) == {"x": [1.5, 2.0], "n": [2, 3]}


def test_a_single_input_needs_no_name() -> None:
    assert arrays(ONE_MATRIX, {"instances": [[1, 2], [3, 4]]}) == {"m": [[1, 2], [3, 4]]}
    assert arrays(ONE_MATRIX, {"inputs": [[1, 2], [3, 4]]}) == {"m": [[1, 2], [3, 4]]}
    assert "several inputs" in refusal(FLIGHT, {"instances": [1.5]})
    assert "several inputs" in refusal(FLIGHT, {"inputs": [1.5]})


def test_bytes_are_written_as_base64_objects() -> None:
    assert arrays(ONE_STRING, {"instances": [{"b64": "/wA="}, {"b64": "/wA"}, "text"]}) == {
        "s": [b"\xff\x00", b"\xff\x00", b"text"]
    }
    assert arrays(ONE_STRING, {"instances": [{"s": {"b64": "/wA="}}]}) == {"s": [b"\xff\x00"]}
    assert "input 's'" in refusal(ONE_STRING, {"instances": [{"b64": "?"}]})


def test_a_row_may_leave_out_an_input_with_a_default_while_others_do_not() -> None:
    rows = [{"x": 1}, {"x": 2, "n": 5}, {"x": 3, "s": "a"}]
    assert arrays(FLIGHT, {"instances": rows}) == {"x": [1, 2, 3], "n": [-1, 5, -1], "s": [b"", b"", b"a"]}


def test_a_default_with_inner_dimensions_stands_in_for_single_rows() -> None:
    rows = [{"w": True}, {"w": False, "v": [1, 2]}]
    assert arrays(TWO_VECTORS, {"instances": rows}) == {"w": [True, False], "v": [[7, 8], [1, 2]]}


def test_null_is_left_out_where_there_is_a_default() -> None:
    assert arrays(FLIGHT, {"instances": [{"x": 1, "n": None}, {"x": 2, "n": 3}]})["n"] == [-1, 3]
    assert arrays(FLIGHT, {"inputs": {"x": [1, 2], "n": [None, 3], "s": None}}) == {"x": [1, 2], "n": [-1, 3]}


def test_null_or_nothing_for_a_required_input_is_refused() -> None:
    assert refusal(FLIGHT, {"instances": [{"x": 1}, {"n": 1}]}).startswith("instance 1: missing input(s) x")
    assert refusal(FLIGHT, {"instances": [{"x": None}]}).startswith("instance 0: missing input(s) x")
    assert "Missing named input: x" in refusal(FLIGHT, {"inputs": {"x": None}})
    assert "Null" in refusal(FLIGHT, {"inputs": {"x": [1, None]}})


def test_a_misspelt_input_is_refused_even_where_all_others_have_defaults() -> None:
    assert "unknown input(s) N; " in refusal(FLIGHT, {"instances": [{"x": 1, "N": 1}]})
    assert "unknown input(s) N; " in refusal(FLIGHT, {"inputs": {"x": [1], "N": [1]}})


def test_nan_and_infinity_are_numbers() -> None:
    values = arrays(FLIGHT, '{"inputs": {"x": [NaN, Infinity, -Infinity]}}')["x"]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"x": "1"}, 'JSON Value: "1" Type: String is not of expected type: float'),
        ({"x": True}, "Type: Boolean is not of expected type: float"),
        ({"x": 1, "n": 3.0}, "Type: Number is not of expected type: int64"),
        ({"x": 1, "s": 3}, "Type: Number is not of expected type: string"),
        ({"x": [1]}, "has shape [1, 1], the model expects float [?]"),
        ({"x": 2**24 + 1}, "without loss"),
        ({"x": 1e39}, "without loss"),
        ({"x": 1, "n": 2**63}, "outside the range of int64"),
    ],
)
def test_a_value_that_the_type_cannot_hold_is_refused(row: dict[str, Any], message: str) -> None:
    assert message in refusal(FLIGHT, {"instances": [row]})


def test_lists_of_unequal_length_are_refused() -> None:
    assert "differ in depth or length" in refusal(ONE_MATRIX, {"instances": [[1, 2], [3]]})
    assert "differ in depth or length" in refusal(ONE_MATRIX, {"instances": [[1, 2], 3]})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "JSON Parse error"),
        ("{", "JSON Parse error"),
        ("[" * 100_000, "JSON Parse error"),
        ("[]", "must be a JSON object"),
        ("{}", "Missing 'inputs' or 'instances'"),
        ('{"instances": [1], "inputs": [1]}', "only one of"),
        ('{"instances": 1}', "to be a list/array"),
        ('{"instances": []}', "No values in 'instances'"),
        ('{"instances": [1], "signature_name": 3}', "'signature_name' key must be a string"),
        ('{"instances": [{"x": 1}, 2]}', "instance 1 and instance 0 differ"),
    ],
)
def test_a_malformed_body_is_refused(body: str, message: str) -> None:
    assert message in refusal(FLIGHT, body)


def test_the_signature_name_is_read() -> None:
    assert parse_request(b'{"instances": [1], "signature_name": "other"}').signature_name == "other"
    assert parse_request(b'{"instances": [1]}').signature_name == "serving_default"


def answer(outputs: dict[str, Any], as_rows: bool) -> Any:
    return json.loads(response_json({k: np.asarray(v) for k, v in outputs.items()}, as_rows))


def test_a_single_output_stands_alone_and_several_are_named() -> None:
    assert answer({"p": [1, 2]}, as_rows=True) == {"predictions": [1, 2]}
    assert answer({"p": [1, 2]}, as_rows=False) == {"outputs": [1, 2]}
    two = {"p": [1, 2], "q": [[1], [2]]}
    assert answer(two, as_rows=True) == {"predictions": [{"p": 1, "q": [1]}, {"p": 2, "q": [2]}]}
    assert answer(two, as_rows=False) == {"outputs": two}


def test_strings_are_text_and_bytes_are_base64() -> None:
    outputs = {"s": np.array([b"a", b"\xff"], object), "s_bytes": np.array([b"a", b"b"], object)}
    assert answer(outputs, as_rows=False)["outputs"] == {
        "s": ["a", {"b64": "/w=="}],
        "s_bytes": [{"b64": "YQ=="}, {"b64": "Yg=="}],
    }


def test_rows_cannot_be_made_of_outputs_without_a_common_batch() -> None:
    for outputs in [{"p": 3.0}, {"p": [1], "q": [1, 2]}, {"p": []}]:
        with pytest.raises(InvalidRequestError, match=r"instead of .instances"):
            answer(outputs, as_rows=True)
    assert answer({"p": 3.0}, as_rows=False) == {"outputs": 3.0}


@given(st.lists(st.floats(width=32), min_size=1))
def test_a_float_reads_back_as_exactly_the_same_float(values: list[float]) -> None:
    text = response_json({"p": np.array(values, np.float32)}, as_rows=True).decode()
    np.testing.assert_array_equal(np.array(json.loads(text)["predictions"], np.float32), np.float32(values))


def test_a_float_is_written_without_noise_digits() -> None:
    values = np.array([0.1, 1.0, np.nan, -np.inf], np.float32)
    assert response_json({"p": values}, as_rows=True) == b'{"predictions": [0.1, 1.0, NaN, -Infinity]}'


OPTIONAL_ROW = st.fixed_dictionaries(
    {"x": st.floats(width=32, allow_nan=False)},
    optional={"n": st.none() | st.integers(-(2**63), 2**63 - 1), "s": st.none() | st.text()},
)


@given(st.lists(OPTIONAL_ROW, min_size=1, max_size=20))
def test_rows_and_their_columns_hold_the_same_values_whatever_is_left_out(rows: list[dict[str, Any]]) -> None:
    found = arrays(FLIGHT, {"instances": rows})
    for index, row in enumerate(rows):
        assert found["x"][index] == row["x"]
        assert found["n"][index] == (-1 if row.get("n") is None else row["n"])
        assert found["s"][index] == (row.get("s") or "").encode()
