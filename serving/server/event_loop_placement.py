"""Where a prediction runs: on the event loop, or in a thread beside it."""

from __future__ import annotations


class Placement:
    """Decides whether a prediction runs on the event loop, or in a thread beside it.

    On the loop a small prediction is answered sooner, as no thread has to be woken; but while it runs, the
    loop answers nobody, not even for the status. So only calls with a small body, of a model that has
    recently been fast, run on the loop. A model starts as slow and proves itself in a thread.
    """

    def __init__(self, max_body_bytes: int, max_ms: float) -> None:
        self._max_body_bytes = max_body_bytes
        self._max_ms = max_ms
        self._recent_ms = 2 * max_ms

    def on_loop(self, body_bytes: int) -> bool:
        """Returns whether the call may run on the loop."""
        return body_bytes <= self._max_body_bytes and self._recent_ms < self._max_ms

    def record(self, body_bytes: int, took_ms: float) -> None:
        """Records how long a call took: small ones move the average of about the last five."""
        if body_bytes <= self._max_body_bytes:
            self._recent_ms += 0.2 * (took_ms - self._recent_ms)
