"""Sends requests when they are due, whether earlier ones were answered or not, and times them from then.

A client that waits for an answer before it sends the next request leaves out just those that a slow server
would have kept waiting ("coordinated omission"). So each request has a time at which it is due, and its
latency counts from then, waiting for a connection included.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Sequence

_DEADLINE_S = 30.0
_MOST_CONNECTIONS = 128


@dataclasses.dataclass(frozen=True)
class Arrived:
    """What became of requests.

    Attributes:
      sent: how many.
      latencies_ms: of those that were answered with 200, from when each was due.
      seconds: from the first one due to the end of the last.
    """

    sent: int
    latencies_ms: tuple[float, ...]
    seconds: float


class Client:
    """Connections to one server that are kept from request to request; use it in one event loop."""

    def __init__(self, host: str, port: int, most_connections: int = _MOST_CONNECTIONS) -> None:
        self._address = (host, port)
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._free = asyncio.Semaphore(most_connections)

    async def drive(self, requests: Sequence[bytes], rate: float, seconds: float) -> Arrived:
        """Sends whole HTTP requests, one after the other and from the first again, at a rate.

        Args:
          requests: in the order in which they are sent.
          rate: of requests a second.
          seconds: for how long.
        """
        loop = asyncio.get_running_loop()
        start, count = loop.time(), max(1, round(rate * seconds))
        tasks = []
        for number in range(count):
            due = start + number / rate
            if (early := due - loop.time()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(self._timed(requests[number % len(requests)], due)))
        ended = await asyncio.gather(*tasks)
        answered = tuple(1000 * latency for latency in ended if latency is not None)
        return Arrived(count, answered, max(loop.time() - start, count / rate))

    def close(self) -> None:
        """Closes the connections."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _timed(self, request: bytes, due: float) -> float | None:
        """Returns the seconds from when a request was due to its answer; None if that is no 200."""
        async with self._free:
            try:
                status = await asyncio.wait_for(self._ask(request), _DEADLINE_S)
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, ValueError):
                return None
        return asyncio.get_running_loop().time() - due if status == b"200" else None

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = self._idle.pop() if self._idle else await asyncio.open_connection(*self._address)
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_content_length(head))
        except BaseException:
            with contextlib.suppress(OSError):
                writer.close()
            raise
        self._idle.append((reader, writer))
        return head.split(b" ", 2)[1]


def _content_length(head: bytes) -> int:
    """Returns the length of an answer's body.

    Raises:
      ValueError: the answer does not say it.
    """
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("an answer without Content-Length")
