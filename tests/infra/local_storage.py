"""A local server for Google's own Cloud Storage client: whole objects, generations, preconditions."""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class LocalStorage:
    """Objects in memory.

    Attributes:
      objects: (bucket, name) to (content, generation).
    """

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._writing = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def close(self) -> None:
        """Stops answering."""
        self._server.shutdown()
        self._server.server_close()

    def put(self, bucket: str, name: str, content: bytes, generation_match: str | None) -> int | None:
        """Writes an object; returns its generation, or None when the precondition fails."""
        with self._writing:
            _, generation = self.objects.get((bucket, name), (b"", 0))
            if generation_match is not None and int(generation_match) != generation:
                return None
            self.objects[bucket, name] = content, generation + 1
            return generation + 1

    def get(self, url: str) -> tuple[int, bytes, int]:
        """Answers a GET: status, content, generation."""
        path, query = _taken_apart(url)
        bucket = path[path.index("b") + 1]
        if path[-1] == "o":
            names = sorted(
                n for b, n in self.objects if b == bucket and n.startswith(query.get("prefix", ""))
            )
            return 200, json.dumps({"items": [{"name": name} for name in names]}).encode(), 0
        if (bucket, path[-1]) not in self.objects:
            return 404, b"{}", 0
        content, generation = self.objects[bucket, path[-1]]
        described = json.dumps({"name": path[-1], "generation": str(generation)}).encode()
        return 200, content if query.get("alt") == "media" else described, generation

    def post(self, url: str, name: str, content: bytes) -> tuple[int, bytes]:
        """Answers an upload: status, content."""
        path, query = _taken_apart(url)
        generation = self.put(path[path.index("b") + 1], name, content, query.get("ifGenerationMatch"))
        if generation is None:
            return 412, b"{}"
        return 200, json.dumps({"name": name, "generation": str(generation)}).encode()


def _taken_apart(url: str) -> tuple[list[str], dict[str, str]]:
    path, _, query = url.partition("?")
    parts = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
    return parts, dict(urllib.parse.parse_qsl(query))


def _handler(storage: LocalStorage) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*storage.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._send(*storage.post(self.path, *_parts(body, self.headers["Content-Type"])))

        def _send(self, status: int, content: bytes, generation: int = 0) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Goog-Generation", str(generation))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler


def _parts(body: bytes, content_type: str) -> tuple[str, bytes]:
    """Name and content of a multipart upload."""
    found = re.search(r"boundary=['\"]?([^'\"]+)", content_type)
    assert found, content_type
    _, meta, media, _ = body.split(b"--" + found.group(1).encode())
    name = json.loads(meta.partition(b"\r\n\r\n")[2])["name"]
    return name, media.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n")
