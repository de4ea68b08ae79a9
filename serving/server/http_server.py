"""The HTTP server under the REST API: uvicorn, with the process's signals left to its caller."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Generator

import uvicorn

from serving.server.rest_api import RestApp


class HttpServer(uvicorn.Server):
    """Runs the application on a socket until `request_stop`, then lets running requests end."""

    def __init__(self, app: RestApp, drain_seconds: float, on_ready: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(drain_seconds)),
        )
        super().__init__(config)
        self._on_ready = on_ready

    def request_stop(self) -> None:
        """Ends `run` once the running requests are done, or at once when called a second time."""
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handles no signal: uvicorn would raise it again at the end, and the exit code would not be 0."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to accept requests, then calls `on_ready`."""
        await super().startup(sockets)
        self._on_ready()
