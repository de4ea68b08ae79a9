"""The REST API of a real server, by a plain HTTP client."""

import gzip
import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from serving.client.server_process import ModelServerProcess
from tests.serving.asking import MODEL, Ask
from tests.serving.servable_samples import expected_score

PATH = f"/v1/models/{MODEL}"
ROW = {"distance": 3, "hour": 7}
Predict = Callable[[Any], tuple[int, Any]]


def test_rows_are_answered_by_predictions(predict: Predict) -> None:
    rows = [ROW, {"distance": 0.5, "hour": 1, "carrier": "UA", "gusts": 2.5, "seats": 100}]
    expected = [expected_score(3, 7), expected_score(0.5, 1, "UA", 2.5, 100)]
    assert predict({"instances": rows}) == (200, {"predictions": expected})


def test_columns_are_answered_by_outputs(predict: Predict) -> None:
    columns = {"distance": [3, 4], "hour": [7, 8], "carrier": ["DL", "?"]}
    expected = [expected_score(3, 7, "DL"), expected_score(4, 8)]
    assert predict({"inputs": columns}) == (200, {"outputs": expected})


def test_the_served_version_can_be_named(ask: Ask) -> None:
    assert ask("POST", f"{PATH}/versions/1:predict", {"instances": [ROW]})[0] == 200
    assert ask("POST", f"{PATH}/versions/7:predict", {"instances": [ROW]}) == (
        404,
        {"error": "Servable not found for request: Specific(flights, 7)"},
    )


def test_another_signature_with_several_outputs_names_them(predict: Predict) -> None:
    rows = [{"names": "ä", "vectors": [1, 2]}, {"names": "b", "vectors": [-1, 0.5]}]
    status, answer = predict({"signature_name": "several", "instances": rows})
    assert status == 200
    assert answer["predictions"] == [
        {"batch_size": 2, "name": "ä", "name_bytes": {"b64": "w6Q="}, "positive": True, "scaled": [2, 4]},
        {"batch_size": 2, "name": "b", "name_bytes": {"b64": "Yg=="}, "positive": False, "scaled": [-2, 1]},
    ]


def test_an_output_without_a_batch_needs_columns(predict: Predict) -> None:
    assert predict({"signature_name": "total", "inputs": [[1, 2], [3, 4]]}) == (200, {"outputs": 10})
    assert predict({"signature_name": "total", "instances": [[1, 2], [3, 4]]})[0] == 400


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "JSON Parse error"),
        (b"\xff", "JSON Parse error"),
        ({"instances": [{"hour": 7}]}, "instance 0: missing input(s) distance"),
        ({"inputs": {"hour": [7]}}, "Missing named input: distance"),
        (
            {"instances": [{**ROW, "hour": "7"}]},
            'JSON Value: "7" Type: String is not of expected type: int64',
        ),
        ({"instances": [ROW], "signature_name": "x"}, 'Serving signature name: "x" not found'),
        ({"signature_name": "tf_examples", "instances": ["no example"]}, "Could not parse example"),
        ({"inputs": {"distance": [1, 2, 3], "hour": [1, 2]}}, "input 'hour' has 2 values, and others have 3"),
    ],
)
def test_a_bad_request_is_reported_in_one_line(predict: Predict, body: Any, message: str) -> None:
    status, answer = predict(body)
    assert status == 400
    assert message in answer["error"]
    assert "\n" not in answer["error"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/models/other:predict", 404),
        ("GET", "/v1/models/other", 404),
        ("GET", "/v1/models/other/metadata", 404),
        ("GET", f"{PATH}/versions/7", 404),
        ("GET", "/", 404),
        ("GET", f"{PATH}:predict", 400),
        ("PUT", PATH, 400),
        ("GET", f"{PATH}/versions/one", 400),
        ("GET", f"{PATH}/versions/{2**63 - 1}", 404),
        ("POST", f"{PATH}/versions/{2**63 - 1}:predict", 404),
        ("GET", f"{PATH}/versions/{2**63}", 400),
        ("GET", f"{PATH}/versions/{'9' * 5000}", 400),
        ("POST", f"{PATH}:classify", 400),
    ],
)
def test_what_is_not_served_has_the_status_of_tensorflow_serving(
    ask: Ask, method: str, path: str, status: int
) -> None:
    found, answer = ask(method, path, {"instances": [ROW]} if method == "POST" else None)
    assert found == status
    assert list(answer) == ["error"]


def test_a_body_over_the_limit_is_refused_and_the_server_goes_on(
    server: ModelServerProcess, predict: Predict
) -> None:
    connection = http.client.HTTPConnection(server.rest_url.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", f"{PATH}:predict")
    connection.putheader("Content-Length", str(2**40))
    connection.endheaders()
    response = connection.getresponse()
    assert response.status == 413
    assert "over 16777216 bytes" in json.loads(response.read())["error"]
    connection.close()
    chunks = (b" " * 2**20 for _ in range(40))
    assert predict(chunks)[0] == 413
    assert predict({"instances": [ROW]})[0] == 200


GOOD = json.dumps({"instances": [ROW]}).encode()
ZEROS = gzip.compress(b"0" * 2**20, 1)


@pytest.mark.parametrize(
    ("encoding", "body", "status", "text"),
    [
        ("gzip", gzip.compress(GOOD), 200, ""),
        ("GZIP", gzip.compress(GOOD[:9]) + gzip.compress(GOOD[9:]), 200, ""),
        ("identity", GOOD, 200, ""),
        ("gzip", GOOD, 400, "is not gzip"),
        ("gzip", b"", 400, "ends too early"),
        ("gzip", gzip.compress(GOOD)[:-1], 400, "ends too early"),
        ("gzip", ZEROS * 16, 400, "JSON Parse error"),  # 16 MB, the most
        ("gzip", ZEROS * 16 + gzip.compress(b"0"), 413, "unpacks to over 16777216 bytes"),
        ("gzip", ZEROS * 3000, 413, "unpacks to over 16777216 bytes"),  # 3 GB in 14 MB
        ("br", GOOD, 415, "'br'"),
        ("gzip", gzip.compress(b"") * 63 + gzip.compress(GOOD), 200, ""),
        ("gzip", gzip.compress(b"") * 150_000, 400, "has over 64 members"),
        ("gzip, gzip", gzip.compress(GOOD), 415, "'gzip, gzip'"),
    ],
    ids=itertools.count(),  # gzip writes the time into what it packs, and ids are the same in every process
)
def test_a_packed_body_is_unpacked_up_to_the_limit(
    server: ModelServerProcess, encoding: str, body: bytes, status: int, text: str
) -> None:
    connection = http.client.HTTPConnection(server.rest_url.removeprefix("http://"), timeout=30)
    connection.request("POST", f"{PATH}:predict", body, {"Content-Encoding": encoding})
    answer = connection.getresponse()
    assert answer.status == status
    assert status == 200 or text in json.loads(answer.read())["error"]
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("HEAD", PATH, 200, None),
        ("HEAD", "/nothing", 404, None),
        ("OPTIONS", PATH, 200, "GET, HEAD, OPTIONS"),
        ("OPTIONS", f"{PATH}:predict", 200, "POST, OPTIONS"),
    ],
)
def test_head_and_options_are_answered_without_a_body(
    server: ModelServerProcess, method: str, path: str, status: int, allow: str | None
) -> None:
    connection = http.client.HTTPConnection(server.rest_url.removeprefix("http://"), timeout=30)
    for _ in range(2):  # by one connection: no stray body stands between the answers
        connection.request(method, path)
        answer = connection.getresponse()
        assert (answer.status, answer.read(), answer.headers["Allow"]) == (status, b"", allow)
    connection.close()


def test_a_letter_that_is_an_s_only_where_case_does_not_matter_is_none(ask: Ask) -> None:
    status, answer = ask("POST", f"{PATH}:regre%C5%BF%C5%BF", {"examples": []})
    assert (status, "Malformed request" in answer["error"]) == (400, True)


def test_the_status_is_tensorflow_servings(ask: Ask) -> None:
    entry = {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    assert ask("GET", f"{PATH}/versions/1") == (200, {"model_version_status": [entry]})
    assert entry in ask("GET", PATH)[1]["model_version_status"]


def test_the_metadata_tells_inputs_outputs_and_defaults(ask: Ask) -> None:
    status, answer = ask("GET", f"{PATH}/metadata")
    assert status == 200
    assert answer["model_spec"]["name"] == MODEL
    signature = answer["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["hour"] == {
        "name": "serving_default_hour:0",
        "dtype": "DT_INT64",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}], "unknown_rank": False},
    }
    assert signature["outputs"].keys() == {"probability"}
    assert signature["defaults"].keys() == {"carrier", "gusts", "seats"}
    assert signature["method_name"] == "tensorflow/serving/predict"


def test_while_a_slow_model_computes_the_status_is_answered(ask: Ask, predict: Predict) -> None:
    slow = {"signature_name": "slow", "instances": [100_000]}
    start = time.monotonic()
    assert predict(slow)[0] == 200  # from now on the server knows that it is slow
    spins_per_second = 100_000 / (time.monotonic() - start)
    calling = threading.Thread(target=predict, args=[{**slow, "instances": [int(2 * spins_per_second)]}])
    calling.start()
    time.sleep(0.3)
    start = time.monotonic()
    assert ask("GET", PATH)[0] == 200
    assert time.monotonic() - start < 1
    assert calling.is_alive()
    calling.join()
