"""A real HTTP server on this machine that answers, refuses, hangs, drips, redirects or hangs up."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Iterator
from typing import Any

PATH = "/services/T0PLANTED/B0PLANTED/hKq7PlantedSecretOfAWebhook"


@dataclasses.dataclass
class Hook:
    """What a server was asked for.

    Attributes:
      address: `127.0.0.1:PORT`.
      requests: path and body of each.
    """

    address: str
    requests: list[tuple[str, bytes]] = dataclasses.field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{self.address}{PATH}"

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.requests]


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            head = [self.rfile.readline()]
            while head[-1].strip():
                head.append(self.rfile.readline())
            lengths = [
                int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length")
            ]
            self.server.hook.requests.append(
                (head[0].split()[1].decode(), self.rfile.read(sum(lengths)) if lengths else b"")
            )
            self._answer(self.server.answer)

    def _answer(self, what: bytes | str) -> None:
        if what == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
        elif what == "hang":
            self.server.ended.wait(20)
        elif what == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.server.ended.is_set():
                self.wfile.write(b"x")
                time.sleep(0.05)
        elif isinstance(what, bytes):
            self.wfile.write(what)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextlib.contextmanager
def hook(what: bytes | str = answer("200 OK", b"ok")) -> Iterator[Hook]:
    """Serves on a free port: bytes are sent as they are; `reset`, `hang` and `drip` are what they say."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.answer, server.ended = what, threading.Event()
        server.hook = Hook(f"127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.hook
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
