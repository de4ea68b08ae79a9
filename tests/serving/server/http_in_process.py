"""The HTTP server in a thread of this process, and a client that sends raw bytes."""

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from serving.server.http_server import HttpServer
from serving.server.http_service import App, HttpLimits, HttpService, Message, Receive, Send
from serving.server.overload import Overload

LIMITS = HttpLimits(100_000, 620, header_seconds=0.4, body_seconds=0.4, keep_alive_seconds=1.5)
GOOD = b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\ngood"
GET = b"GET / HTTP/1.1\r\n\r\n"


class Echo:
    """Answers with what it was asked; a body of "wait" is answered only once `go_on` is called."""

    def __init__(self) -> None:
        self.waits = threading.Event()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        body = (await receive())["body"]
        if body == b"wait":
            self._loop, self._may_go_on = asyncio.get_running_loop(), asyncio.Event()
            self.waits.set()
            await self._may_go_on.wait()
        if body == b"fail":
            raise ValueError("as asked")
        if body.startswith(b"large"):
            body *= int(body[5:])
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def go_on(self) -> None:
        """Answers who waits."""
        self._loop.call_soon_threadsafe(self._may_go_on.set)


@dataclass(frozen=True)
class Answer:
    """One answer: status, headers by lower-case name, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        """The line of a refusal."""
        text = json.loads(self.body)["error"]
        assert isinstance(text, str)
        assert "\n" not in text
        return text


@dataclass(frozen=True)
class Running:
    """A server that runs, and what it runs."""

    port: int
    server: HttpServer
    service: HttpService
    thread: threading.Thread

    def connect(self) -> socket.socket:
        """Returns a new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def ask(self, *pieces: bytes, ends: bool = False) -> list[Answer]:
        """Sends pieces by a new connection and returns all answers until the server closes it.

        Args:
          pieces: sent one by one.
          ends: tell the server then that nothing follows.
        """
        with self.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            return list(answers(connection))


def answers(connection: socket.socket, head: bool = False) -> Iterator[Answer]:
    """Yields the answers that come by a connection until it is closed; those to HEAD have no body."""
    with connection.makefile("rb") as lines:
        while status_line := lines.readline():
            headers = {}
            while (line := lines.readline().decode().strip()) != "":
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            size = 0 if head else int(headers.get("content-length", 0))
            yield Answer(int(status_line.split()[1]), headers, lines.read(size))


@contextlib.contextmanager
def running(
    app: App, limits: HttpLimits = LIMITS, max_in_flight: int = 100, drain_seconds: float = 2.0, **kwargs: Any
) -> Iterator[Running]:
    """Runs the server until the end of the block."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listening:
        port = listening.getsockname()[1]
        ready = threading.Event()
        service = HttpService(app, limits, Overload(max_in_flight))
        server = HttpServer(service, drain_seconds, on_ready=ready.set, **kwargs)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            assert ready.wait(20)
            yield Running(port, server, service, thread)
        finally:
            server.request_stop()
            server.request_stop()
            thread.join(20)
            assert not thread.is_alive()
