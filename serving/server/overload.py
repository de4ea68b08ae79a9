"""How many predictions may be under way at once: one limit for REST and gRPC together."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from serving.errors import OverloadedError


class Overload:
    """Counts the predictions that run or wait, and refuses those above a limit.

    A queue without end answers nobody in time: who waits in it has often gone before it is answered. What is
    refused at once can be asked again elsewhere.
    """

    def __init__(self, max_in_flight: int) -> None:
        self._max_in_flight = max_in_flight
        self._in_flight = 0
        self._lock = threading.Lock()

    def try_enter(self) -> bool:
        """Counts one more prediction, unless there are too many; `leave` must follow if it was counted."""
        with self._lock:
            if self._in_flight >= self._max_in_flight:
                return False
            self._in_flight += 1
            return True

    def leave(self) -> None:
        """Ends what `try_enter` began."""
        with self._lock:
            self._in_flight -= 1

    def refusal(self) -> OverloadedError:
        """Returns what the client of a refused prediction is told."""
        return OverloadedError(
            f"{self._max_in_flight} predictions are under way, no more are taken; try again"
        )

    @contextlib.contextmanager
    def prediction(self) -> Iterator[None]:
        """Counts one prediction until the end of the block.

        Raises:
          OverloadedError: there are too many.
        """
        if not self.try_enter():
            raise self.refusal()
        try:
            yield
        finally:
            self.leave()
