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
import logging
import multiprocessing
import os
import pickle
import queue
import signal
import sys
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, TypeVar

MOST_PROCESSES = 4  # each holds some hundreds of MB
AHEAD = 2  # items given to a helper before it has finished the first of them
HELD = 32  # results that wait for one before them

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
Item = TypeVar("Item")
Result = TypeVar("Result")

_crew: _Crew | None = None
_log = logging.getLogger(__name__)


class CrewError(RuntimeError):
    """A helper is gone."""


def processors() -> int:
    """One process a processor, up to MOST_PROCESSES; one where forks are not safe."""
    return min(len(os.sched_getaffinity(0)), MOST_PROCESSES) if sys.platform == "linux" else 1


@contextlib.contextmanager
def hired(processes: int) -> Iterator[None]:
    """Has `mapped` share work among so many processes, this one included, until `dismiss` or the end."""
    global _crew
    if processes > 1:
        try:
            _crew = _Crew(processes - 1)
        except OSError:
            _log.warning("no helper could be hired; this process works alone", exc_info=True)
    try:
        yield
    finally:
        dismiss()


def dismiss() -> None:
    """Ends the helpers, whatever they are at; what is half written is not taken for whole."""
    global _crew
    if _crew is not None:
        _crew.end()
        _crew = None


def mapped(work: Callable[[Item], Result], items: Iterable[Item], threads: int = 1) -> Iterator[Result]:
    """Yields work(item) for each item, in their order.

    Args:
      work: what helpers can be sent, and its results too.
      threads: how many work at once where nobody is hired: for what waits for files.

    Raises:
      CrewError: a helper is gone.
      Whatever `work` raises, for the first item in order that it fails on.
    """
    if _crew is not None:
        yield from _shared(_crew.submit, _crew.hands, work, items)
    elif threads > 1:
        with ThreadPoolExecutor(threads - 1) as pool:
            yield from _shared(pool.submit, threads - 1, work, items)
    else:
        yield from map(work, items)


def _shared(
    submit: Callable[..., Future[Any]], hands: int, work: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Gives out work as long as there are hands for it, and does some here meanwhile."""
    begun: deque[Future[Any]] = deque()
    try:
        for item in items:
            busy = sum(not future.done() for future in begun) >= hands * AHEAD
            begun.append(_done_here(work, item) if busy else submit(work, item))
            while begun and (begun[0].done() or len(begun) > HELD):
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        for future in begun:
            future.cancel()


def _done_here(work: Callable[[Item], Result], item: Item) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(work(item))
    except Exception as error:  # noqa: BLE001 - raised when its turn comes
        future.set_exception(error)
    return future


class _Crew:
    """Helpers, and for each a thread of this process that waits for what it sends."""

    def __init__(self, hands: int):
        self.hands = hands
        self._idle: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._threads = ThreadPoolExecutor(hands, "crew")
        fork = multiprocessing.get_context("fork")
        try:
            for _ in range(hands):
                here, there = fork.Pipe()
                process = fork.Process(target=_help, args=(there, os.getpid()), daemon=True)
                process.start()
                there.close()  # the helper alone has it, so that its death ends what is read here
                self._processes.append(process)
                self._idle.put(here)
        except OSError:
            self.end()
            raise

    def submit(self, work: Callable[[Item], Result], item: Item) -> Future[Any]:
        """Has a helper do some work, when its turn comes."""
        return self._threads.submit(self._ask, work, item)

    def end(self) -> None:
        """Kills the helpers."""
        for process in self._processes:
            process.kill()
            process.join()
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().close()

    def _ask(self, work: Callable[[Item], Result], item: Item) -> Result:
        helper = self._idle.get()
        try:
            helper.send_bytes(pickle.dumps((work, item)))
            result, error = pickle.loads(helper.recv_bytes())
        except (EOFError, OSError) as gone:
            raise CrewError(
                "a helper process was killed; if memory is short, let it work on fewer processors "
                "(taskset -c 0 evergreen run)"
            ) from gone
        finally:
            self._idle.put(helper)
        if error is not None:
            raise error
        return result


def _help(there: Connection, parent: int) -> None:
    """Works until the parent is gone; leaves the end of a run to it, and its Ctrl-C."""
    global _crew
    _crew = None  # the parent's
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    with contextlib.suppress(EOFError):
        while os.getppid() == parent:
            there.send_bytes(_answer(there.recv_bytes()))


def _answer(message: bytes) -> bytes:
    try:
        work, item = pickle.loads(message)
        return pickle.dumps((work(item), None), protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        traceback.print_exc()
        return pickle.dumps((None, _portable(error)))


def _portable(error: Exception) -> Exception:
    """The error if it can be sent, as TensorFlow's of a session cannot; else its words."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - an error of any library may refuse in any way
        return RuntimeError(f"{type(error).__name__}: {error}")
