"""A queue of requests for a version whose answers nobody waits for."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
JobT = TypeVar("JobT")


class Shadow(Generic[JobT]):
    """Works off jobs in one thread, one after the other; what comes while the queue is full is dropped.

    Attributes:
      dropped: jobs that found the queue full.
    """

    def __init__(self, work: Callable[[JobT], None], capacity: int) -> None:
        """Takes what to do; the thread starts with the first job.

        Args:
          work: does a job; what it raises is logged, and the next one follows.
          capacity: jobs that may wait.
        """
        self.dropped = 0
        self._work = work
        self._capacity = capacity
        self._queue: queue.SimpleQueue[JobT | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def offer(self, job: JobT) -> bool:
        """Queues a job and returns True, or drops it and returns False; never waits."""
        if self._queue.qsize() >= self._capacity:
            self.dropped += 1
            return False
        self._queue.put(job)
        if self._thread is None:
            self._start()
        return True

    @property
    def waiting(self) -> int:
        """Jobs that wait now."""
        return self._queue.qsize()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="shadow", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                self._work(job)
            except Exception:  # nobody waits for it, and the next one must not suffer
                log.exception("a request to the candidate failed")

    def stop(self, wait_s: float) -> None:
        """Lets the thread end after the jobs that wait, and waits for it at most so long."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(wait_s)
