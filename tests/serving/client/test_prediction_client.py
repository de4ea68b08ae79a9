"""The client: rows of a file through a real server, by REST and by gRPC."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from pipeline.cli.request_rows import read_rows
from serving.client.predict import fetch_inputs, predict_rows
from serving.client.server_process import ModelServerProcess
from serving.errors import PredictionError, UnknownModelError
from tests.foreign_server import ANSWERS, answering, http_answer
from tests.serving.asking import MODEL
from tests.serving.servable_samples import expected_score

ROWS = [{"distance": float(n), "hour": n} for n in range(600)]
UNUSED = "127.0.0.1:9"


@pytest.fixture(params=["rest", "grpc"])
def address(server: ModelServerProcess, request: pytest.FixtureRequest) -> str:
    return server.rest_url if request.param == "rest" else server.grpc_target


def test_the_rows_of_a_file_are_predicted_in_order(address: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "flight_date,late,hour,distance,carrier,gusts\n2013-01-01,1,7,3,,\n2013-01-01,,8,4,UA,2.5\n"
    )
    rows = read_rows(path, fetch_inputs(address, MODEL))
    expected = [expected_score(3, 7), expected_score(4, 8, "UA", 2.5)]
    assert list(predict_rows(address, MODEL, rows)) == expected


def test_many_rows_are_sent_in_batches(address: str) -> None:
    expected = [expected_score(row["distance"], int(row["hour"])) for row in ROWS]
    assert list(predict_rows(address, MODEL, ROWS, batch_size=250)) == expected


def test_several_outputs_come_as_dicts(address: str) -> None:
    rows = [{"names": "a", "vectors": [1.0, 2.0]}]
    (answer,) = predict_rows(address, MODEL, rows, signature_name="several")
    assert (answer["batch_size"], answer["scaled"], answer["positive"]) == (1, [2.0, 4.0], True)
    assert (answer["name"], answer["name_bytes"]) == ("a", {"b64": "YQ=="})


def test_the_inputs_tell_type_and_what_may_be_left_out(address: str) -> None:
    inputs = fetch_inputs(address, MODEL)
    assert inputs.optional == {"carrier", "gusts", "seats"}
    assert {name: str(spec) for name, spec in inputs.specs.items()} == {
        "distance": "float [?]",
        "hour": "int64 [?]",
        "carrier": "string [?]",
        "gusts": "float [?]",
        "seats": "int64 [?]",
    }


@pytest.mark.parametrize("unreachable", [f"http://{UNUSED}", UNUSED])
def test_an_unreachable_server_is_reported_in_one_line(unreachable: str) -> None:
    with pytest.raises(PredictionError, match=f"^no model server answers at {unreachable}") as refused:
        list(predict_rows(unreachable, MODEL, ROWS))
    assert "\n" not in str(refused.value)


def test_what_the_server_refuses_is_passed_on(address: str) -> None:
    with pytest.raises(PredictionError, match="distance"):
        list(predict_rows(address, MODEL, [{"hour": 1}]))
    with pytest.raises(PredictionError, match=r"Latest\(other\)"):
        fetch_inputs(address, "other")
    with pytest.raises(PredictionError, match="no signature 'other'; it has: serving_default, several"):
        fetch_inputs(address, MODEL, "other")


@pytest.mark.parametrize(
    "address",
    [
        "ftp://somewhere",
        "http://",
        "http://host:rest",
        "http://host:99999",
        "http://[::1",
        "http://[host]:1",
        "http://ho st:1",
        "http://host\0:1",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(PredictionError, match="expected http://HOST:PORT or HOST:PORT"):
        fetch_inputs(address, MODEL)


@pytest.mark.parametrize("address", ["http://a..b:1", f"http://{'a' * 70}:1", f"http://{UNUSED}/\u00e9"])
def test_an_address_that_cannot_be_asked_is_one_line(address: str) -> None:
    with pytest.raises(PredictionError, match=r"^no model server answers at") as refused:
        fetch_inputs(address, MODEL)
    assert "\n" not in str(refused.value)


# What is no HTTP, or no whole answer, is no answer.
NO_ANSWERS = ("half of an answer", "bytes", "a greeting", "nothing at all")


def one_line(error: Exception) -> str:
    """Returns an error's text, which a terminal shows as it is."""
    text = str(error)
    assert text.isprintable()
    assert len(text) < 300
    return text


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in NO_ANSWERS])
def test_another_server_is_told_from_a_model_server(name: str) -> None:
    with answering(ANSWERS[name]) as address:
        url = f"http://{address}"
        for ask in (lambda: fetch_inputs(url, MODEL), lambda: [*predict_rows(url, MODEL, ROWS[:2])]):
            with pytest.raises(PredictionError) as refused:
                ask()
            status = ANSWERS[name].split()[1].decode()
            assert one_line(refused.value).startswith(
                f"what answers at {url} is no model server: status {status}, "
            )
            assert refused.match("; expected the JSON of TensorFlow Serving's REST API$")


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_what_is_no_answer_of_http_is_one_line(name: str) -> None:
    with answering(ANSWERS[name]) as address, pytest.raises(PredictionError) as refused:
        fetch_inputs(f"http://{address}", MODEL)
    assert one_line(refused.value).startswith(f"no model server answers at http://{address}: ")


NEW_TYPE = {"name": "x", "dtype": "DT_NEW", "tensor_shape": {}}


@pytest.mark.parametrize(
    "metadata",
    [
        {"metadata": []},
        {"metadata": {"signature_def": {"signature_def": []}}},
        {"metadata": {"signature_def": {"signature_def": {"serving_default": []}}}},
        {"metadata": {"signature_def": {"signature_def": {"serving_default": {"inputs": {"x": 1}}}}}},
        {"metadata": {"signature_def": {"signature_def": {"serving_default": {"inputs": {"x": NEW_TYPE}}}}}},
    ],
)
def test_metadata_of_another_shape_is_no_model_servers(metadata: dict) -> None:
    answer = http_answer("200 OK", json.dumps(metadata).encode())
    with answering(answer) as address, pytest.raises(PredictionError, match="is no model server") as refused:
        fetch_inputs(f"http://{address}", MODEL)
    one_line(refused.value)


@pytest.mark.parametrize("predictions", [0.5, [0.5], [0.5] * 3, {"late": 0.5}, None, "many"], ids=str)
def test_another_number_of_predictions_than_rows_is_no_answer(predictions: object) -> None:
    answer = http_answer("200 OK", json.dumps({"predictions": predictions}).encode())
    with answering(answer) as address, pytest.raises(PredictionError, match="is no model server") as refused:
        list(predict_rows(f"http://{address}", MODEL, ROWS[:2]))
    one_line(refused.value)


def test_a_refusal_is_one_line_of_the_servers_own_words() -> None:
    answer = http_answer("400 Bad Request", json.dumps({"error": "no\nsuch \x1b[31m input"}).encode())
    with answering(answer) as address, pytest.raises(PredictionError) as refused:
        fetch_inputs(f"http://{address}", MODEL)
    assert str(refused.value) == f"the model server at http://{address} refused: no such [31m input"


@pytest.mark.parametrize("name", ["a page", "nginx's 404", "bytes", "nothing at all"])
def test_a_server_that_speaks_no_grpc_is_one_line(name: str) -> None:
    with answering(ANSWERS[name]) as address, pytest.raises(PredictionError) as refused:
        fetch_inputs(address, MODEL)
    assert one_line(refused.value).startswith(f"no model server answers at {address}: ")


@contextlib.contextmanager
def grpc_answering(answer: bytes | None) -> Iterator[str]:
    """Another service's gRPC server; it knows none of the methods, or answers each with these bytes."""

    class Handler(grpc.GenericRpcHandler):
        def service(self, _: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
            if answer is None:
                return None
            return grpc.unary_unary_rpc_method_handler(lambda *_: answer)

    server = grpc.server(ThreadPoolExecutor(1), handlers=[Handler()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "is no model server: status UNIMPLEMENTED, "),
        (b"", "is no model server: status OK, "),
        (b"\xff\xfe<html>", "refused: "),
    ],
    ids=["another service", "another answer", "no message"],
)
def test_another_service_by_grpc_is_told_from_a_model_server(answer: bytes | None, message: str) -> None:
    with grpc_answering(answer) as address, pytest.raises(PredictionError) as refused:
        fetch_inputs(address, MODEL)
    assert message in one_line(refused.value)


def test_a_model_that_is_not_served_is_told_from_a_request_that_does_not_fit(address: str) -> None:
    with pytest.raises(UnknownModelError):
        fetch_inputs(address, "other")
    with pytest.raises(PredictionError) as refused:
        list(predict_rows(address, MODEL, [{"hour": 1}]))
    assert not isinstance(refused.value, UnknownModelError)


class ClosingHandler(http.server.BaseHTTPRequestHandler):
    """Answers once a connection as if it would keep it, and closes it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        count = len(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"])
        body = json.dumps({"predictions": [0.5] * count}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def closing_server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), ClosingHandler) as closing:
        thread = threading.Thread(target=closing.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{closing.server_port}"
        closing.shutdown()
        thread.join()


def test_a_connection_that_the_server_closed_while_idle_is_opened_again(closing_server: str) -> None:
    assert list(predict_rows(closing_server, MODEL, ROWS[:3], batch_size=1)) == [0.5] * 3
