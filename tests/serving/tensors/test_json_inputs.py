"""Rows and columns of JSON to arrays, and left-out inputs beyond what TensorFlow Serving takes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import InvalidRequestError
from serving.tensors.json_inputs import columns_to_arrays, rows_to_arrays
from serving.tensors.signature import Signature
from tests.serving.tensors.sample_signatures import FLIGHT, ONE_MATRIX, TWO_VECTORS


def arrays(signature: Signature, body: dict[str, Any]) -> dict[str, Any]:
    """Returns the arrays of a request's rows or columns, as lists."""
    by_name = (
        rows_to_arrays(body["instances"], signature)
        if "instances" in body
        else columns_to_arrays(body["inputs"], signature)
    )
    for name, value in by_name.items():
        assert value.dtype == signature.inputs[name].dtype
    return {name: value.tolist() for name, value in by_name.items()}


def refusal(signature: Signature, body: dict[str, Any]) -> str:
    """Returns the error's text."""
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


def test_rows_name_their_inputs_all_or_none() -> None:
    assert "instance 1 and instance 0 differ" in refusal(FLIGHT, {"instances": [{"x": 1}, 2]})


OPTIONAL_ROW = st.fixed_dictionaries(
    {"x": st.floats(width=32, allow_nan=False)},
    optional={"n": st.none() | st.integers(-(2**63), 2**63 - 1), "s": st.none() | st.text()},
)


@given(st.lists(OPTIONAL_ROW, min_size=1, max_size=20))
def test_rows_and_their_columns_hold_the_same_values_whatever_is_left_out(rows: list[dict[str, Any]]) -> None:
    columns = arrays(FLIGHT, {"instances": rows})
    for index, row in enumerate(rows):
        assert columns["x"][index] == row["x"]
        assert columns["n"][index] == (-1 if row.get("n") is None else row["n"])
        assert columns["s"][index] == (row.get("s") or "").encode()
