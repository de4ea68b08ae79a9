"""One request and its answer, between a connection and the ASGI application."""

from __future__ import annotations

import asyncio
import http
import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from serving.errors import OverloadedError
from serving.server.http_service import Message

if TYPE_CHECKING:
    from serving.server.http_connection import HttpConnection

log = logging.getLogger(__name__)

Headers = Iterable[tuple[bytes, bytes]]

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in http.HTTPStatus
}
CLOSE = (b"connection", b"close")


def answer_bytes(status: int, date_line: bytes, headers: Headers, body: bytes) -> bytes:
    """Returns a whole answer as it is sent."""
    lines = [_STATUS_LINES[status], date_line]
    for name, value in headers:
        lines += (name, b": ", value, b"\r\n")
    lines += (b"\r\n", body)
    return b"".join(lines)


def refusal(status: int, text: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Returns the headers and the body of an answer that is one line of JSON."""
    body = json.dumps({"error": text}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == http.HTTPStatus.SERVICE_UNAVAILABLE:
        headers.append((b"retry-after", b"1"))
    return headers, body


class Exchange:
    """One request whose body has come, and the answer that the application sends."""

    __slots__ = (
        "_body",
        "_body_bytes",
        "_connection",
        "_has_place",
        "_head",
        "_is_answered",
        "_keep_alive",
        "_refused",
        "_scope",
    )

    def __init__(self, connection: HttpConnection, scope: Message, body: bytes, keep_alive: bool) -> None:
        """Takes a request.

        Args:
          connection: that it came by.
          scope: ASGI's scope of it.
          body: whole.
          keep_alive: the client wants to use the connection again.
        """
        self._connection, self._scope, self._body, self._keep_alive = connection, scope, body, keep_alive
        self._body_bytes = len(body)
        self._head: tuple[int, list[tuple[bytes, bytes]]] | None = None
        self._has_place = self._refused = self._is_answered = False

    def take_place(self) -> None:
        """Counts it among the predictions that run or wait, if it may cost one; `run` must follow."""
        if self._scope["method"] == "POST":
            self._has_place = self._connection.service.overload.try_enter()
            self._refused = not self._has_place

    async def run(self) -> None:
        """Asks the application and sends its answer, or that there is too much to do."""
        service = self._connection.service
        try:
            if self._refused:
                raise service.overload.refusal()
            await service.app(self._scope, self._receive, self._send)
            if not self._is_answered:
                raise RuntimeError("the application ended before its answer did")
        except OverloadedError as error:
            self._refuse(error.http_status, str(error))
        except asyncio.CancelledError:
            self._refuse(503, "the server stops; this request took too long")
        except Exception:  # the client gets no traceback, the log does
            log.exception("%s %s failed", self._scope["method"], self._scope["path"])
            self._refuse(500, "internal error; the server's log has the details")
        finally:
            if self._has_place:
                service.overload.leave()
            self.drop_body()

    def drop_body(self) -> None:
        """Frees the body."""
        self._connection.service.body_bytes -= self._body_bytes
        self._body, self._body_bytes = b"", 0

    async def _receive(self) -> Message:
        body, self._body = self._body, b""
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = (message["status"], list(message["headers"]))
            return
        if self._head is None or self._is_answered or message.get("more_body", False):
            raise RuntimeError("an answer is one start and one whole body")
        self._answer(*self._head, message.get("body", b""))

    def _refuse(self, status: int, text: str) -> None:
        if not self._is_answered:
            self._answer(status, *refusal(status, text))

    def _answer(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        service = self._connection.service
        keep_alive = self._keep_alive and not (service.draining and self._connection.has_read_all())
        if not keep_alive:
            headers.append(CLOSE)
        elif self._scope["http_version"] == "1.0":
            headers.append((b"connection", b"keep-alive"))
        self._is_answered = True
        content = body if self._scope["method"] != "HEAD" else b""
        self._connection.answer(answer_bytes(status, service.date_line, headers, content), keep_alive)
