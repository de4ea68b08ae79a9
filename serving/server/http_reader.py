"""Bytes to HTTP/1.1 requests, within limits; parsed by httptools, the parser of Node.js."""

from __future__ import annotations

import enum
import urllib.parse
from collections.abc import Callable
from typing import TYPE_CHECKING

import httptools

if TYPE_CHECKING:
    from serving.server.http_service import HttpService, Message

MAX_HEADER_BYTES = 64 * 1024  # the request line and the headers together
PIECE_BYTES = 16 * 1024  # the most that may be fed at once: thousands of small requests would hold up others
_BODIES_AT_ONCE = 16  # so many of the largest are held in memory, of all connections together
_TOLD = {b"content-length", b"expect", b"upgrade"}  # headers that decide how the request is read
_UPGRADING = {b"upgrade", b"http2-settings", b"connection"}


class RefusedError(Exception):
    """What a client sent is not read any further.

    Attributes:
      status: of the answer.
    """

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Reading(enum.Enum):
    """What is being read."""

    NOTHING = enum.auto()
    HEADERS = enum.auto()
    BODY = enum.auto()


class RequestReader:
    """Reads the requests of one connection, and hands each over when its body has come.

    Attributes:
      reading: what comes next; NOTHING between two requests.
      since: when that began, by the service's clock.
    """

    def __init__(
        self,
        service: HttpService,
        on_request: Callable[[Message, bytes, bool], None],
        on_expected: Callable[[], None],
    ) -> None:
        """Takes what to do with requests.

        Args:
          service: has the limits and the clock.
          on_request: takes ASGI's scope, the body, and whether the connection may be used again.
          on_expected: a client waits for "100 Continue" before it sends its body.
        """
        self._service, self._on_request, self._on_expected = service, on_request, on_expected
        self._parser = httptools.HttpRequestParser(self)
        self.reading, self.since = Reading.NOTHING, service.now
        self._overhead = 0  # bytes in a row that neither were a body's nor ended a request
        self._progress = False
        self._refused: RefusedError | None = None
        self._chunks: list[bytes] = []
        self._body_bytes = 0

    def feed(self, data: bytes | memoryview) -> None:
        """Reads at most `PIECE_BYTES`.

        Raises:
          RefusedError: what came is malformed or over a limit; nothing may be fed any more.
        """
        while data:  # one turn, and one more after each request that wishes for another protocol
            data = self._read(data)

    def _read(self, data: bytes | memoryview) -> bytes | memoryview:
        """Reads up to the end of a request that wishes for another protocol, and returns what is left."""
        self._progress, rest = False, data[:0]
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
            self._read(self._without_upgrade())
        except httptools.HttpParserError as error:
            if self._refused:
                raise self._refused from None
            if isinstance(error, httptools.HttpParserCallbackError):
                raise  # a fault of ours
            raise RefusedError(400, f"malformed HTTP: {str(error)[:200]}") from None
        if self._progress:
            self._overhead = 0
            return rest
        self._overhead += len(data) - len(rest)
        if self._overhead > MAX_HEADER_BYTES:
            raise _too_long_headers()
        return rest

    def _without_upgrade(self) -> bytes:
        """Returns a request to be read again, without its wish for another protocol: that may be ignored."""
        lines = [self._parser.get_method(), b" ", self._url, b" HTTP/1.1\r\n"]
        for name, value in self._headers:
            if name not in _UPGRADING:
                lines += (name, b": ", value, b"\r\n")
        self._parser = httptools.HttpRequestParser(self)
        return b"".join([*lines, b"\r\n"])

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Starts a request."""
        self.reading, self.since = Reading.HEADERS, self._service.now
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._told: dict[bytes, bytes] = {}
        self._chunks, self._body_bytes = [], 0

    def on_url(self, url: bytes) -> None:
        """Takes the target, or a piece of it."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header; one after the body (a trailer) is dropped."""
        if self.reading is not Reading.HEADERS:
            return
        name = name.lower()
        self._headers.append((name, value))
        if name in _TOLD:
            self._told[name] = value

    def on_headers_complete(self) -> None:
        """Checks what the headers tell of the body."""
        if self._overhead + 2 * PIECE_BYTES > MAX_HEADER_BYTES:
            self._check_header_bytes()
        if self._told:
            self._check_told()
        self._scope = self._read_scope()
        self.reading, self.since = Reading.BODY, self._service.now

    def on_body(self, body: bytes) -> None:
        """Takes a piece of the body."""
        self._progress = True
        self._chunks.append(body)
        self._body_bytes += len(body)
        self._service.body_bytes += len(body)
        if self._body_bytes > self._service.limits.max_body_bytes:
            self._refuse_body()
        if self._service.body_bytes > _BODIES_AT_ONCE * self._service.limits.max_body_bytes:
            raise self._refuse(503, "too many large bodies are being read; try again")

    def on_message_complete(self) -> None:
        """Hands the request over."""
        self._progress = True
        self.reading, self.since = Reading.NOTHING, self._service.now
        if not self._parser.should_upgrade():  # else it is read again
            body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
            self._chunks, self._body_bytes = [], 0
            self._on_request(self._scope, body, self._parser.should_keep_alive())

    def drop_body(self) -> None:
        """Frees what has come of a body that is read no further."""
        self._service.body_bytes -= self._body_bytes
        self._chunks, self._body_bytes = [], 0

    # What is refused.

    def _refuse(self, status: int, text: str) -> RefusedError:
        self._refused = RefusedError(status, text)
        return self._refused

    def _check_header_bytes(self) -> None:
        size = len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._headers)
        if size > MAX_HEADER_BYTES:
            self._refused = _too_long_headers()
            raise self._refused

    def _check_told(self) -> None:
        told = self._told
        if int(told.get(b"content-length", b"0")) > self._service.limits.max_body_bytes:
            self._refuse_body()
        if told.get(b"upgrade", b"").lower().startswith(b"websocket"):
            raise self._refuse(400, "this server speaks no WebSocket; send plain HTTP requests")
        expected = told.get(b"expect", b"").lower()
        if expected == b"100-continue":
            self._on_expected()
        elif expected:
            raise self._refuse(417, "the only expectation that is met is 100-continue")

    def _refuse_body(self) -> None:
        limit = self._service.limits.max_body_bytes
        raise self._refuse(413, f"the body is over {limit} bytes; send fewer rows")

    def _read_scope(self) -> Message:
        method, version = self._parser.get_method().decode(), self._parser.get_http_version()
        if version not in ("1.1", "1.0"):
            raise self._refuse(505, f"HTTP {version} is not spoken here, HTTP/1.1 is")
        if method == "CONNECT":  # it would be one upgrade after the other
            raise self._refuse(400, "Malformed request: CONNECT; this server is no proxy")
        try:
            url = httptools.parse_url(self._url)
        except httptools.HttpParserInvalidURLError:
            raise self._refuse(400, f"Malformed request: {method} of a target that is no path") from None
        raw_path = url.path or b""
        path = raw_path.decode("ascii")
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": version,
            "method": method,
            "scheme": "http",
            "path": urllib.parse.unquote(path) if "%" in path else path,
            "raw_path": raw_path,
            "query_string": url.query or b"",
            "root_path": "",
            "headers": self._headers,
            "client": None,
            "server": None,
        }


def _too_long_headers() -> RefusedError:
    return RefusedError(431, f"the request line and the headers are over {MAX_HEADER_BYTES} bytes")
