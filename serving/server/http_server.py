"""The HTTP server under the REST API: uvicorn runs the loop, connections and their limits are our own.

uvicorn's own connections read headers, trailers and pipelined requests without an end, wait for slow clients
for ever, and reset who sends too much. Signals are left to the caller.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import time
from collections.abc import Callable, Generator
from typing import Any

import uvicorn

from serving.server.http_connection import HttpConnection
from serving.server.http_service import HttpService

_TICKS_BETWEEN_SWEEPS = 5  # uvicorn ticks ten times a second
_REST_SECONDS = 1.0  # how long a stopping server waits for requests that are on their way
_LOOK_SECONDS = 0.05


class HttpServer(uvicorn.Server):
    """Runs the application on a socket until `request_stop`, then lets running requests end."""

    def __init__(
        self,
        service: HttpService,
        drain_seconds: float,
        on_ready: Callable[[], None],
        on_drain: Callable[[], object] = lambda: None,
    ) -> None:
        """Takes what to serve.

        Args:
          service: the application, and the limits of its connections.
          drain_seconds: how long requests may take to end after `request_stop`.
          on_ready: called once requests are accepted.
          on_drain: called once no more are.
        """
        connection: Any = functools.partial(HttpConnection, service)
        config = uvicorn.Config(
            service.app,
            loop="uvloop",
            http=connection,
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
        )
        super().__init__(config)
        self._service, self._drain_seconds = service, drain_seconds
        self._on_ready, self._on_drain = on_ready, on_drain
        self._drains_since: float | None = None

    def request_stop(self) -> None:
        """Ends `run` once the running requests are done, or at once when called a second time."""
        self.force_exit = self.should_exit
        self.should_exit = True

    def drain_seconds_left(self) -> float:
        """Returns how long what runs may still take to end, once a stop is requested."""
        if self.force_exit:
            return 0.0
        passed = 0.0 if self._drains_since is None else time.monotonic() - self._drains_since
        return max(0.0, self._drain_seconds - passed)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handles no signal: uvicorn would raise it again at the end, and the exit code would not be 0."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to accept requests, then calls `on_ready`."""
        self._service.tick()
        self._service.sweep()
        await super().startup(sockets)
        self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        """Ends connections that are too slow; returns whether the server has to stop."""
        self._service.tick()
        if counter % _TICKS_BETWEEN_SWEEPS == 0:
            self._service.sweep()
        return self.should_exit

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accepts nothing more, answers what runs, and ends within the time for that.

        A connection that rests stays open for a moment: a request may be on its way, and is answered with
        `Connection: close`. What is not answered in time gets 503.
        """
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        self._drains_since = time.monotonic()
        self._on_drain()
        service = self._service
        service.draining = True
        rest_until = self._drains_since + min(_REST_SECONDS, self._drain_seconds / 2)
        while (service.connections or service.running) and self.drain_seconds_left():
            service.tick()
            service.sweep()
            if time.monotonic() > rest_until:
                for connection in list(service.connections):
                    connection.close_if_resting()
            await asyncio.sleep(_LOOK_SECONDS)
        await self._give_up()

    async def _give_up(self) -> None:
        running = list(self._service.running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for connection in list(self._service.connections):
            connection.give_up()
        await asyncio.sleep(0)  # sends what they were told
