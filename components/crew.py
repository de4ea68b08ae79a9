"""A few processes beside this one that share work on many spans: Python computes with one core a process.

    with hired(processes=2):
        results = list(mapped(work, items))

Nobody hired, `mapped` does all the work here. Helpers are forks of this process, so they start at once and
share what it has imported; but threads do not live on in a fork, so they have to be hired before TensorFlow,
which keeps threads, has done anything.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

MOST_PROCESSES = 4  # each holds some hundreds of MB
AHEAD = 2  # items given to a helper before it has finished the first of them

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
Item = TypeVar("Item")
Result = TypeVar("Result")

_helpers: ProcessPoolExecutor | None = None
_hands = 0


class CrewError(RuntimeError):
    """A helper was ended from outside, perhaps for want of memory."""


def processors() -> int:
    """One process a processor, up to MOST_PROCESSES; one where forks are not safe."""
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES) if sys.platform == "linux" else 1


@contextlib.contextmanager
def hired(processes: int) -> Iterator[None]:
    """Has `mapped` share work among so many processes, this one included, until `dismiss` or the end."""
    global _helpers, _hands
    if processes > 1:
        fork = multiprocessing.get_context("fork")
        _helpers = ProcessPoolExecutor(processes - 1, fork, initializer=_begin, initargs=(os.getpid(),))
        _hands = processes - 1
        _helpers.submit(int).result()  # the first work is when all are forked
    try:
        yield
    finally:
        dismiss()


def dismiss() -> None:
    """Ends the helpers, once they have finished what they are at."""
    global _helpers
    if _helpers is not None:
        _helpers.shutdown(cancel_futures=True)
        _helpers = None


def mapped(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yields work(item) for each item, in their order.

    Args:
      work: what helpers can be sent, and its results too.

    Raises:
      CrewError: a helper is gone.
      Whatever `work` raises, for the first item in order that it fails on.
    """
    if _helpers is None:
        yield from map(work, items)
        return
    begun: deque[Future] = deque()
    try:
        for item in items:
            busy = sum(not future.done() for future in begun) >= _hands * AHEAD
            begun.append(_done_here(work, item) if busy else _helpers.submit(work, item))
            while begun and begun[0].done():
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    except BrokenProcessPool as error:
        raise CrewError("a helper process was killed; is there too little memory? run again") from error
    finally:
        for future in begun:
            future.cancel()


def _done_here(work: Callable[[Item], Result], item: Item) -> Future:
    future: Future = Future()
    try:
        future.set_result(work(item))
    except Exception as error:  # noqa: BLE001 - raised when its turn comes
        future.set_exception(error)
    return future


def _begin(parent: int) -> None:
    """Leaves the end of a run to the parent: to its Ctrl-C, and to its death."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
