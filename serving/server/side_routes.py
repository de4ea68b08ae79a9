"""What the HTTP server answers beside TensorFlow Serving's API.

GET /healthz, /livez                               200: the process answers
GET /readyz                                        200 once a version serves, else 503
GET /metrics, /monitoring/prometheus/metrics       counts (see traffic/metrics)
GET /openapi.json                                  the REST API, with the inputs of the model that serves
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from serving.errors import NotFoundError
from serving.server.http_service import App, Message, Receive, Send
from serving.server.openapi import openapi
from serving.server.predictor import Predictor
from serving.tensors.saved_signature import signature_of
from serving.traffic.metrics import Metrics


class Answer(NamedTuple):
    """An answer of HTTP."""

    status: int
    body: bytes
    content_type: str = "application/json"


class SideRoutes:
    """An ASGI application in front of another: answers the paths above, and counts what the other answers."""

    def __init__(self, app: App, predictor: Predictor, metrics: Metrics) -> None:
        self._app = app
        self._predictor = predictor
        self._metrics = metrics
        self._routes: dict[str, Callable[[str], Answer]] = {
            "/healthz": self._health,
            "/livez": self._health,
            "/readyz": self._readiness,
            "/metrics": self._counts,
            "/monitoring/prometheus/metrics": self._counts,
            "/openapi.json": self._description,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        route = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            self._metrics.in_flight += 1
            try:
                await self._app(scope, receive, self._counting(send))
            finally:
                self._metrics.in_flight -= 1
            return
        answer, headers = Answer(200, b""), []
        if scope["method"] in ("GET", "HEAD"):
            accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
            answer = route(accept.decode("latin-1"))
        else:
            headers = [(b"allow", b"GET, HEAD, OPTIONS")]
            if scope["method"] != "OPTIONS":
                answer = Answer(405, json.dumps({"error": f"{scope['path']} answers GET only"}).encode())
        headers.append((b"content-type", answer.content_type.encode()))
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _counting(self, send: Send) -> Send:
        def counting(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                self._metrics.answered("REST", message["status"])
            return send(message)

        return counting

    def _health(self, _: str) -> Answer:
        return Answer(200, json.dumps({"status": "ok"}).encode())

    def _readiness(self, _: str) -> Answer:
        try:
            version = self._predictor.describe(self._predictor.model_name, None).version
        except NotFoundError:
            return Answer(503, json.dumps({"status": "no version serves yet"}).encode())
        return Answer(200, json.dumps({"status": "ok", "version": str(version)}).encode())

    def _counts(self, accept: str) -> Answer:
        body, content_type = self._metrics.text(accept)
        return Answer(200, body, content_type)

    def _description(self, _: str) -> Answer:
        name = self._predictor.model_name
        try:
            definitions = self._predictor.describe(name, None).signatures
        except NotFoundError:
            definitions = {}
        signatures = {each: signature_of(each, definition) for each, definition in definitions.items()}
        return Answer(
            200, json.dumps(openapi(name, signatures, self._predictor.key_header), indent=1).encode()
        )
