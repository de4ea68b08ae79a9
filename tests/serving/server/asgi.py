"""Asks an ASGI application without a server."""

import asyncio
import json
from typing import Any


def ask(
    app: Any, method: str, path: str, body: Any = None, accept: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """Sends one request; returns status, headers and body. A body that is not bytes is sent as JSON."""
    sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    headers = [(b"content-length", str(len(sent)).encode()), (b"accept", accept.encode())]
    answered: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        answered.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(app(scope, receive, send))
    start, end = answered
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, end["body"]
