"""The REST half of the client: only the standard library, so that it starts at once."""

from __future__ import annotations

import http
import http.client
import ipaddress
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from serving.client.connection import ModelInputs
from serving.client.foreign_answer import LONGEST_REFUSAL, excerpt
from serving.errors import PredictionError, UnknownModelError
from serving.tensors.signature import NUMPY_TYPES, TensorSpec

_LONGEST_ANSWER_BYTES = 64 << 20


class RestConnection:
    """One kept-alive connection to a server's REST API."""

    def __init__(self, url: str, model_name: str, signature_name: str, timeout_seconds: float) -> None:
        try:
            scheme, host, port, path = _address(url)
            kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
            self._http = kind(host, port, timeout=timeout_seconds)
        except (ValueError, http.client.InvalidURL) as error:
            raise PredictionError(
                f"{url!r} is no server's address; expected http://HOST:PORT or HOST:PORT"
            ) from error
        self._url = url
        self._path = f"{path}/v1/models/{quote(model_name, safe='')}"
        self._signature_name = signature_name

    def inputs(self) -> ModelInputs:
        """Returns the inputs that the model takes.

        Raises:
          PredictionError: the server cannot be reached, or has no such model or signature.
        """
        answer = self._request("GET", f"{self._path}/metadata")
        try:
            signatures = {**answer["metadata"]["signature_def"]["signature_def"]}
            if self._signature_name in signatures:
                return _inputs(signatures[self._signature_name])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._is_no_model_server(http.HTTPStatus.OK, json.dumps(answer)) from error
        known = excerpt(", ".join(sorted(signatures)))
        raise PredictionError(f"the model has no signature '{self._signature_name}'; it has: {known}")

    def predict(self, rows: list[Mapping[str, Any]]) -> list[Any]:
        """Returns the prediction of each row.

        Raises:
          PredictionError: the server cannot be reached, or the rows do not fit the model.
        """
        body = json.dumps({"signature_name": self._signature_name, "instances": rows}).encode()
        answer = self._request("POST", f"{self._path}:predict", body)
        predictions = answer.get("predictions") if isinstance(answer, dict) else None
        if not isinstance(predictions, list) or len(predictions) != len(rows):
            raise self._is_no_model_server(http.HTTPStatus.OK, json.dumps(answer))
        return predictions

    def _is_no_model_server(self, status: int, answer: bytes | str) -> PredictionError:
        return PredictionError(
            f"what answers at {self._url} is no model server: status {status}, {excerpt(answer)!r}; "
            "expected the JSON of TensorFlow Serving's REST API"
        )

    def _request(self, method: str, path: str, body: bytes | None = None) -> Any:
        try:
            status, answer = self._send(method, path, body)
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            why = excerpt(str(error)) or type(error).__name__
            raise PredictionError(f"no model server answers at {self._url}: {why}") from error
        try:
            values = json.loads(answer)
        except (ValueError, RecursionError) as error:
            raise self._is_no_model_server(status, answer) from error
        if status == http.HTTPStatus.OK:
            return values
        refusal = values.get("error") if isinstance(values, dict) else None
        if not isinstance(refusal, str):
            raise self._is_no_model_server(status, answer)
        kind = UnknownModelError if status == http.HTTPStatus.NOT_FOUND else PredictionError
        raise kind(f"the model server at {self._url} refused: {excerpt(refusal, LONGEST_REFUSAL)}")

    def _send(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        for last_attempt in (self._http.sock is None, True):
            try:
                self._http.request(method, path, body, {"Content-Type": "application/json"})
                response = self._http.getresponse()
                answer = response.read(_LONGEST_ANSWER_BYTES)
                if response.length:
                    raise http.client.IncompleteRead(answer, response.length)
                return response.status, answer
            except (ConnectionError, http.client.BadStatusLine):
                self._http.close()
                if last_attempt:
                    raise
                # A kept-alive connection that the server closed while it was idle: once more, on a new one.
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Closes the connection."""
        self._http.close()


def _address(url: str) -> tuple[str, str, int | None, str]:
    """Returns scheme, host, port and path.

    Raises:
      ValueError: it is no address of HTTP.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} names no host of HTTP")
    if "[" in parts.netloc:
        ipaddress.IPv6Address(parts.hostname)  # Python before 3.11 takes anything in brackets
    return parts.scheme, parts.hostname, parts.port, parts.path.rstrip("/")


def _inputs(signature: Mapping[str, Any]) -> ModelInputs:
    specs = {name: _spec(info) for name, info in signature["inputs"].items()}
    return ModelInputs(specs, frozenset(signature.get("defaults", {})))


def _spec(info: Mapping[str, Any]) -> TensorSpec:
    shape = info["tensor_shape"]
    sizes = [int(dim["size"]) for dim in shape.get("dim", [])]
    return TensorSpec(
        tensor_name=info["name"],
        type_name=info["dtype"],
        dtype=NUMPY_TYPES[info["dtype"]],
        shape=None if shape.get("unknown_rank") else tuple(None if size < 0 else size for size in sizes),
    )
