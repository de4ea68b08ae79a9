"""The bodies of REST calls, as TensorFlow Serving reads and writes them."""

import json
from typing import Any

import numpy as np
import pytest

from serving.errors import InvalidRequestError
from serving.server.json_bodies import parse_request, request_arrays, response_json
from tests.serving.tensors.sample_signatures import ONE_MATRIX, ONE_STRING


def test_rows_and_columns_of_a_body_become_arrays() -> None:
    for key in ("instances", "inputs"):
        request = parse_request(json.dumps({key: [[1, 2], [3, 4]]}).encode())
        assert request.holds_rows == (key == "instances")
        assert request_arrays(request, ONE_MATRIX)["m"].tolist() == [[1, 2], [3, 4]]


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
    ],
)
def test_a_malformed_body_is_refused(body: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        parse_request(body.encode())


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


def test_a_float_is_written_without_noise_digits() -> None:
    values = np.array([0.1, 1.0, np.nan, -np.inf], np.float32)
    assert response_json({"p": values}, as_rows=True) == b'{"predictions": [0.1, 1.0, NaN, -Infinity]}'


def test_a_value_that_is_nested_however_deeply_is_an_invalid_request():
    """Also at the depth that can still be read, and not shown any more."""
    for depth in (100, *range(900, 1000), 5000):
        body = '{"inputs": {"s": [' + '{"a":' * depth + "1" + "}" * depth + "]}}"
        with pytest.raises(InvalidRequestError):
            request_arrays(parse_request(body.encode()), ONE_STRING)
