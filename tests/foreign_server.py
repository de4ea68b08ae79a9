"""Another server at the address of the one that was meant: whatever it is asked, it sends the same bytes."""

from __future__ import annotations

import gzip
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PAGE = b"<html>\r\n<head><title>Welcome</title></head>\r\n<body>\x1b[31m\x00 Please log in </body>\r\n"


def http_answer(status: str, body: bytes, *headers: str) -> bytes:
    """Returns an answer of HTTP/1.1 after which the connection is closed."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


HTML, JSON = "Content-Type: text/html", "Content-Type: application/json"
# What is sent, by what it is.
ANSWERS = {
    "a page": http_answer("200 OK", _PAGE, HTML),
    "nginx's 404": http_answer("404 Not Found", _PAGE, HTML),
    "nginx's 502": http_answer("502 Bad Gateway", _PAGE, HTML),
    "nothing in a 200": http_answer("200 OK", b""),
    "nothing in a 204": http_answer("204 No Content", b""),
    "a list": http_answer("200 OK", b"[1, 2]", JSON),
    "a text": http_answer("200 OK", b'"\\u001b[31m login"', JSON),
    "a number": http_answer("200 OK", b"42", JSON),
    "null": http_answer("200 OK", b"null", JSON),
    "another object": http_answer("200 OK", b'{"detail": {"code": 7}}', JSON),
    "an error that is no text": http_answer("403 Forbidden", b'{"error": {"c\\n": ["\\u001b"]}}', JSON),
    "a page in gzip": http_answer("200 OK", gzip.compress(_PAGE, mtime=0), HTML, "Content-Encoding: gzip"),
    "gzip that is none": http_answer("200 OK", _PAGE, HTML, "Content-Encoding: gzip"),
    "bytes in a 200": http_answer("200 OK", bytes(range(256)) * 20),
    "bytes in a 500": http_answer("500 Oops", bytes(range(256)) * 20),
    "a log-in elsewhere": http_answer("302 Found", _PAGE, "Location: /login", HTML),
    "half of an answer": http_answer("200 OK", _PAGE)[:-30],
    "bytes": bytes(range(256)) * 20,
    "a greeting": b"220 mail.example ESMTP\r\n",
    "nothing at all": b"",
}


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(5)
        try:
            self.request.recv(1 << 16)
            self.request.sendall(self.server.answer)
        except OSError:
            pass  # whoever asked has gone


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    answer = b""


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Serves on a free port of this machine; yields `127.0.0.1:PORT`."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.answer = answer
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
