"""TensorFlow Serving's REST API as a raw ASGI application.

    POST /v1/models/NAME[VERSION]:predict      rows or columns in JSON -> predictions (see json_bodies)
    POST /v1/models/NAME[VERSION]:classify     examples in JSON -> classes (see example_calls)
    POST /v1/models/NAME[VERSION]:regress      examples in JSON -> numbers
    GET  /v1/models/NAME[VERSION]              state of the versions
    GET  /v1/models/NAME[VERSION]/metadata     signatures: inputs, outputs, defaults
    GET  /v1/models/NAME/rollout               the rollout under way, as this server sees it

VERSION is /versions/N or /labels/LABEL.

Every failure is answered by `{"error": "one line"}`; a traceback goes to the server's log only.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from serving.errors import (
    InvalidRequestError,
    NotFoundError,
    ServingError,
)
from serving.models.lifecycle import VersionStatus
from serving.models.version_folders import MAX_VERSION
from serving.server import example_calls, json_bodies
from serving.server.content_encoding import unpacked
from serving.server.event_loop_placement import Placement
from serving.server.http_service import Message, Receive, Send
from serving.server.metadata import metadata_json
from serving.server.predictor import Predictor
from serving.server.settings import ServerSettings
from serving.traffic.asking import Client

log = logging.getLogger(__name__)

# Model, version, body and client to the answer's body.
_Answer = Callable[[str, int | str | None, bytes, Client], bytes]

_MODEL = r"(?i)/v1/models/(?P<model>[^/:]+)(?:/versions/(?P<number>[0-9]+)|/labels/(?P<label>[^/:]+))?"
# ASCII alone: else the long s is an s, where the case does not matter.
_CALL = re.compile(_MODEL + r":(?P<call>classify|regress|predict)", re.ASCII)
_RESOURCE = re.compile(_MODEL + r"(?P<metadata>/metadata)?", re.ASCII)
_ROLLOUT = re.compile(r"(?i)/v1/models/(?P<model>[^/:]+)/rollout", re.ASCII)


class RestApp:
    """The ASGI application; the module's docstring says what it answers."""

    def __init__(self, predictor: Predictor, settings: ServerSettings) -> None:
        self._predictor = predictor
        self._max_body_bytes = settings.max_body_bytes
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="predict")
        self._placement = Placement(settings.loop_max_body_bytes, settings.loop_max_ms)
        self._answers: dict[str, _Answer] = {
            "predict": self._prediction,
            "classify": functools.partial(example_calls.answer_json, predictor, "classify"),
            "regress": functools.partial(example_calls.answer_json, predictor, "regress"),
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        if scope["type"] != "http":
            return
        asks_what_is_allowed = scope["method"] == "OPTIONS"
        status, body = (200, b"") if asks_what_is_allowed else await self._answer(scope, receive)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        if asks_what_is_allowed:
            headers.append((b"allow", _allowed(scope["path"])))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Message, receive: Receive) -> tuple[int, bytes]:
        try:
            return 200, await self._route(scope, receive)
        except ServingError as error:
            return error.http_status, _error_json(str(error))
        except Exception:  # the client gets no traceback, the log does
            log.exception("%s %s failed", scope["method"], scope["path"])
            return 500, _error_json("internal error; the server's log has the details")

    async def _route(self, scope: Message, receive: Receive) -> bytes:
        method, path = scope["method"], scope["path"]
        if method == "POST" and (call := _CALL.fullmatch(path)):
            answer = self._answers[call["call"].lower()]
            body = await self._read_body(scope, receive)
            return await self._placed(answer, call["model"], _version(call), body, _client(scope))
        if method in ("GET", "HEAD") and (resource := _RESOURCE.fullmatch(path)):
            name, version = resource["model"], _version(resource)
            if resource["metadata"]:
                return metadata_json(name, self._predictor.describe(name, version))
            return _status_json(self._predictor.statuses(name, version))
        if method in ("GET", "HEAD") and (rollout := _ROLLOUT.fullmatch(path)):
            return json.dumps(self._predictor.rollout(rollout["model"]), indent=1).encode()
        if path.lower().startswith("/v1/"):
            raise InvalidRequestError(f"Malformed request: {method} {path}")
        raise NotFoundError(f"nothing at {path}; the API begins at /v1/models/{self._predictor.model_name}")

    async def _read_body(self, scope: Message, receive: Receive) -> bytes:
        """Returns the body, which comes whole (see http_exchange), as it was before the client packed it."""
        body: bytes = (await receive())["body"]
        encoding = next((value for name, value in scope["headers"] if name == b"content-encoding"), None)
        if encoding is None:
            return body
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, unpacked, body, encoding.decode("latin-1"), self._max_body_bytes
        )

    async def _placed(
        self, answer: _Answer, model_name: str, version: int | str | None, body: bytes, client: Client
    ) -> bytes:
        if self._placement.on_loop(len(body)) and not self._predictor.may_wait(version):
            return self._timed(answer, model_name, version, body, client)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, self._timed, answer, model_name, version, body, client
        )

    def _timed(
        self, answer: _Answer, model_name: str, version: int | str | None, body: bytes, client: Client
    ) -> bytes:
        start = time.perf_counter()
        try:
            return answer(model_name, version, body, client)
        finally:
            self._placement.record(len(body), 1000 * (time.perf_counter() - start))

    def _prediction(self, model_name: str, version: int | str | None, body: bytes, client: Client) -> bytes:
        request = json_bodies.parse_request(body)
        prediction = self._predictor.predict(
            model_name,
            version,
            request.signature_name,
            lambda signature: json_bodies.request_arrays(request, signature),
            client,
        )
        return json_bodies.response_json(prediction.outputs, as_rows=request.holds_rows)


def _allowed(path: str) -> bytes:
    return b"POST, OPTIONS" if _CALL.fullmatch(path) else b"GET, HEAD, OPTIONS"


def _version(asked: re.Match[str]) -> int | str | None:
    """Returns the version that a path names, by number or label.

    Raises:
      InvalidRequestError: its number is none that a version can have.
    """
    digits = asked["number"]
    if digits is None:
        return asked["label"]
    if len(digits) > 100 or int(digits) > MAX_VERSION:
        raise InvalidRequestError(
            f"Failed to convert version: {digits:.40} to numeric; it ends at {MAX_VERSION}"
        )
    return int(digits)


def _client(scope: Message) -> Client:
    """Returns who asks; of several headers of a name the first is found."""

    def header(name: str) -> str:
        wanted = name.encode()
        found = next((value for key, value in scope["headers"] if key == wanted), b"")
        return found.decode("utf-8", "surrogateescape")

    return Client("REST", header)


def _error_json(text: str) -> bytes:
    return json.dumps({"error": text}).encode()


def _status_json(statuses: list[VersionStatus]) -> bytes:
    """Returns TensorFlow Serving's GetModelStatusResponse as JSON."""
    versions = [
        {
            "version": str(status.version),
            "state": status.state.name,
            "status": {"error_code": "UNKNOWN" if status.error else "OK", "error_message": status.error},
        }
        for status in statuses
    ]
    return json.dumps({"model_version_status": versions}, indent=1).encode()
