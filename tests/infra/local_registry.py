"""A local server that answers as Artifact Registry does about tags."""

from __future__ import annotations

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PACKAGES = "projects/p/locations/us-central1/repositories/r/packages"
REPOSITORY = "us-central1-docker.pkg.dev/p/r"


class LocalRegistry:
    """Tags in memory.

    Attributes:
      tags: (image, tag) to digest.
      versions: digests that are there.
      manifests: digest to manifest; the others are single images.
      occurrences: address of an image to what was noted of it.
    """

    def __init__(self) -> None:
        self.tags: dict[tuple[str, str], str] = {}
        self.versions: set[str] = set()
        self.manifests: dict[str, dict[str, Any]] = {}
        self.occurrences: dict[str, list[dict[str, Any]]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()

    def close(self) -> None:
        """Stops answering."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, url: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Answers a request as the APIs describe their methods."""
        if url.startswith("/v2/"):
            return 200, self.manifests.get(url.rpartition("/")[2], {"layers": []})
        if url.startswith("/v1/projects/p/occurrences?"):
            wanted = urllib.parse.unquote_plus(url).partition('resourceUrl="')[2].partition('"')[0]
            return 200, {"occurrences": self.occurrences.get(wanted, [])}
        return self._tags(method, url, body)

    def _tags(self, method: str, url: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        path, _, query = url.removeprefix(f"/v1/{PACKAGES}/").partition("?")
        image, _, tag = urllib.parse.unquote(path).partition("/tags/")
        parameters = dict(urllib.parse.parse_qsl(query))
        if method == "POST":
            image, tag = path.removesuffix("/tags"), parameters["tagId"]
        there = (image, tag) in self.tags
        if method == "POST" and there:
            return 409, {"error": {"status": "ALREADY_EXISTS"}}
        if method != "POST" and not there:
            return 404, {"error": {"status": "NOT_FOUND"}}
        if method == "PATCH" and parameters != {"updateMask": "version"}:
            return 400, {"error": {"status": "INVALID_ARGUMENT"}}
        if method != "GET":
            name, _, digest = body["version"].rpartition("/versions/")
            if name != f"{PACKAGES}/{image}" or digest not in self.versions:
                return 400, {"error": {"status": "INVALID_ARGUMENT"}}
            self.tags[image, tag] = digest
        version = f"{PACKAGES}/{image}/versions/{self.tags[image, tag]}"
        return 200, {"name": f"{PACKAGES}/{image}/tags/{tag}", "version": version}


def _handler(registry: LocalRegistry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            status, answer = registry.answer(self.command, self.path, body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_PATCH(self) -> None:
            self._answer()

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler
