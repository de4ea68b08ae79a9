"""Rows and columns of JSON to arrays, and left-out inputs beyond what TensorFlow Serving takes."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import InvalidRequestError
from serving.tensors.json_inputs import columns_to_arrays, rows_to_arrays
from serving.tensors.signature import NUMPY_TYPES, Signature
from tests.serving.tensors.sample_signatures import FLIGHT, ONE_MATRIX, TWO_VECTORS, spec


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


def outcome(rows: list[Any], signature: Signature) -> Any:
    """Returns types, shapes and bits of the arrays, or what the refusal says."""
    try:
        found = rows_to_arrays(rows, signature)
    except InvalidRequestError as refused:
        return str(refused)
    return {
        name: (array.dtype, array.shape, array.tolist() if array.dtype == object else array.tobytes())
        for name, array in found.items()
    }


def without_fast_path(signature: Signature) -> Signature:
    """Returns the signature as json_tensors alone reads it."""
    inputs = {name: replace(each) for name, each in signature.inputs.items()}
    for each in inputs.values():
        each.__dict__["plain_reader"] = None  # where the cached property would put it
    return replace(signature, inputs=inputs)


ALL_TYPES = {name.lower(): spec(name) for name in NUMPY_TYPES}
ALL_TYPES |= {"v": spec("DT_FLOAT", 2), "any": replace(spec("DT_FLOAT"), shape=None)}
DEFAULTS = {name: np.zeros(1, each.dtype) for name, each in ALL_TYPES.items()}
DEFAULTS |= {
    "dt_float": np.array([np.nan], np.float32),
    "dt_int64": np.array([-(2**63)]),
    "dt_string": np.array([b"?"], object),
    "dt_uint8": np.array([1, 2], np.uint8),  # of no single row
    "dt_bool": np.array(True),
}
WHOLE = [n + i for n in (2**7, 2**8, 2**24, 2**31, 2**53, 2**63, 2**64, 10**400) for i in (-1, 0, 1)]
REAL = [12.0, 0.1, -0.0, 1e15, 2.0**53, 3.4028234663852886e38, 3.5e38, 1e39, 5e-324, math.inf, math.nan]
OTHER = [None, True, False, "", "ä", "a\x00", "\ud800", "7", [], [1], [1.5, 2], [[1, 2]], {}, {"a": 1}]
BASE64 = [{"b64": "/wA"}, {"b64": "?"}, {"b64": 1}]
ODD = [0, 1, *WHOLE, *REAL, *(-each for each in (*WHOLE, *REAL)), *OTHER, *BASE64]
GOOD: dict[str, Callable[[random.Random], Any]] = {
    "f": lambda chance: chance.uniform(-1000, 1000),
    "i": lambda chance: chance.randint(-128, 127),
    "u": lambda chance: chance.randint(0, 255),
    "b": lambda chance: chance.random() < 0.5,
    "O": lambda chance: chance.choice(["", "a", "ä", "\U0001f600"]),
}


def random_rows(chance: random.Random, required: set[str]) -> list[Any]:
    """Rows of which most hold what their inputs hold, and some anything at all."""
    names = [name for name in sorted(ALL_TYPES) if name in required or chance.random() < 0.7]
    left_out = chance.choice([0, 0.2])
    rows: list[Any] = [
        {
            name: [0.5, 1.0] if name == "v" else GOOD[ALL_TYPES[name].dtype.kind](chance)
            for name in names
            if name in required or chance.random() >= left_out
        }
        for _ in range(chance.randint(1, 3))
    ]
    for _ in range(chance.choice([0, 0, 1, 2])):
        chance.choice(rows)[chance.choice([*names, *names, "b64", "unknown"])] = chance.choice(ODD)
    if chance.random() < 0.05:
        rows[-1] = chance.choice(ODD)
    return rows


def test_the_fast_path_does_exactly_what_the_slow_one_does() -> None:
    """To the bit, and to the word of its refusal; whichever inputs have a default."""
    chance, refused = random.Random(7), 0
    for _ in range(4000):
        optional = chance.sample(sorted(ALL_TYPES), chance.randint(0, len(ALL_TYPES)))
        signature = Signature("serving_default", ALL_TYPES, {}, {name: DEFAULTS[name] for name in optional})
        rows = random_rows(chance, ALL_TYPES.keys() - optional)
        found = outcome(rows, signature)
        assert found == outcome(rows, without_fast_path(signature)), rows
        refused += isinstance(found, str)
    assert 1000 < refused < 3000  # both are well tried
    named_b64 = Signature("serving_default", {"b64": spec("DT_STRING")}, {})
    assert outcome([{"b64": "/wA"}], named_b64)["b64"][2] == [b"\xff\x00"]  # bytes, as the slow path reads it


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
