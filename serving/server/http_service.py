"""What all connections of the HTTP server share: its limits, its clock, and who is connected."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from serving.server.descriptors import connections_within_limit
from serving.server.overload import Overload
from serving.server.settings import ServerSettings

if TYPE_CHECKING:
    from serving.server.http_connection import HttpConnection

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_SECONDS_BETWEEN_WARNINGS = 60.0


@dataclass(frozen=True)
class HttpLimits:
    """How much, and how long, the HTTP server bears.

    Attributes:
      max_body_bytes: largest body.
      max_connections: connections that are served; those above get 503.
      header_seconds: from the first byte of a request, or from connecting, to the end of its headers.
      body_seconds: from there to the end of its body; and how long a client may leave an answer unread.
      keep_alive_seconds: how long a connection may rest between two requests.
    """

    max_body_bytes: int
    max_connections: int
    header_seconds: float
    body_seconds: float
    keep_alive_seconds: float

    @classmethod
    def of(cls, settings: ServerSettings) -> HttpLimits:
        """Returns the limits that the server's settings and the limit of open files leave."""
        return cls(
            settings.max_body_bytes,
            connections_within_limit(settings.max_connections),
            settings.header_seconds,
            settings.body_seconds,
            settings.keep_alive_seconds,
        )


@dataclass(eq=False)
class HttpService:
    """What all connections share.

    Attributes:
      app: the ASGI application that answers.
      overload: counts the requests that cost a prediction.
      now: the loop's time in seconds, at the last `tick`; exact enough for every limit.
      date_line: the header Date, for answers.
      draining: no connection outlives the answer that it waits for.
      body_bytes: bytes of bodies that are held, whole or not.
      running: the tasks that answer.
    """

    app: App
    limits: HttpLimits
    overload: Overload
    now: float = 0.0
    date_line: bytes = b""
    draining: bool = False
    connections: set[HttpConnection] = field(default_factory=set)
    body_bytes: int = 0
    running: set[asyncio.Task[None]] = field(default_factory=set)
    _warned_at: float = -_SECONDS_BETWEEN_WARNINGS

    def tick(self) -> None:
        """Takes the time; call it some ten times a second."""
        self.now = asyncio.get_running_loop().time()

    def sweep(self) -> None:
        """Ends the connections that took too long; call it about once a second."""
        self.date_line = b"date: " + formatdate(usegmt=True).encode() + b"\r\n"
        for connection in list(self.connections):
            connection.end_if_too_slow()

    def is_full(self) -> bool:
        """Returns whether there are more connections than are served; says so once a minute."""
        if len(self.connections) <= self.limits.max_connections:
            return False
        if self.now - self._warned_at >= _SECONDS_BETWEEN_WARNINGS:
            self._warned_at = self.now
            log.warning(
                "%d connections are open, no more are served (max_connections, limit of open files); "
                "others get 503, which is said once a minute",
                self.limits.max_connections,
            )
        return True
