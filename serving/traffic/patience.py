"""Calls that may never return: each in a thread beside, and waited for so long and no longer.

A call of TensorFlow cannot be broken off. So a call that takes too long is left alone, and its thread with
it, until it returns; where several were left so, nothing should be called before one of them returned.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")

MOST_LEFT = 4  # calls that were left and did not return yet


class Patience(Generic[ResultT]):
    """Waits for calls; any thread may call."""

    def __init__(self) -> None:
        """Starts no thread before the first call."""
        self._lock = threading.Lock()
        self._idle: list[_Worker[ResultT]] = []
        self._left = 0

    @property
    def is_exhausted(self) -> bool:
        """Whether so many calls hang that nothing should be called."""
        return self._left >= MOST_LEFT

    def call(self, work: Callable[[], ResultT], wait_s: float) -> ResultT | None:
        """Returns what a call returns; None if it takes too long, or raises, which is logged.

        Args:
          work: is called in another thread, and goes on where it is not waited for.
          wait_s: how long it is waited for, in seconds.
        """
        with self._lock:
            worker = self._idle.pop() if self._idle else _Worker(self._returned)
        call = _Call(work)
        worker.calls.put(call)
        if not call.running.acquire(timeout=wait_s):
            with self._lock:
                if not call.returned:
                    call.was_left = True
                    self._left += 1
                    return None
        return call.result

    def _returned(self, worker: _Worker[ResultT], call: _Call[ResultT]) -> None:
        with self._lock:
            call.returned = True
            self._left -= call.was_left
            self._idle.append(worker)
        call.running.release()


class _Call(Generic[ResultT]):
    """A call; `running` is held until it returned."""

    def __init__(self, work: Callable[[], ResultT]) -> None:
        self.work = work
        self.result: ResultT | None = None
        self.returned = self.was_left = False
        self.running = threading.Lock()
        self.running.acquire()


class _Worker(Generic[ResultT]):
    """A thread that works off one call after the other; it holds up no end of the process."""

    def __init__(self, returned: Callable[[_Worker[ResultT], _Call[ResultT]], None]) -> None:
        self.calls: queue.SimpleQueue[_Call[ResultT]] = queue.SimpleQueue()
        self._returned = returned
        threading.Thread(target=self._run, name="candidate", daemon=True).start()

    def _run(self) -> None:
        while True:
            call = self.calls.get()
            try:
                call.result = call.work()
            except Exception:  # whoever waits is told by None
                log.exception("a call of the candidate failed")
            self._returned(self, call)
            del call
