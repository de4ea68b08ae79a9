"""A pool of worker processes for work on many spans: Python computes on one core per process.

    with worker_pool(max_workers=2):
        results = list(map_ordered(work, items))

The pool is global to the process (`_pool`): TFX calls the components and would pass no pool on to them.
Without a pool, `map_ordered` does all the work in this process.

Workers are forks of this process, so they start at once and share what it has imported. Threads do not
survive a fork, so the pool must be opened before TensorFlow, which keeps threads, has done anything, and
`keep_forkable` called before pyarrow is imported. (OpenBLAS ends its threads itself before a fork.)
Why it is not a `concurrent.futures.ProcessPoolExecutor`: docs/decisions/0034-a-worker-pool-of-forks.md.
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

MAX_WORKERS = 4  # each holds some hundreds of MB
ITEMS_PER_WORKER = 2  # submitted and unfinished at the same time, so that a worker never waits for its next
MAX_WAITING_RESULTS = 32  # finished out of order, held until those before them are

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)
_LIBC = ctypes.CDLL(None)
Item = TypeVar("Item")
Result = TypeVar("Result")

_pool: _WorkerPool | None = None
_log = logging.getLogger(__name__)


class WorkerDiedError(RuntimeError):
    """A worker process ended before it sent its result."""


def default_max_workers() -> int:
    """Returns one process per CPU, up to MAX_WORKERS; one where forks are not safe."""
    return min(len(os.sched_getaffinity(0)), MAX_WORKERS) if sys.platform == "linux" else 1


def keep_forkable() -> None:
    """Makes a later `import pyarrow` start no thread (its jemalloc would keep one, which frees memory early).

    A setting of the user's stays as it is. Python 3.12 and newer warn when a process with threads forks.
    """
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")


@contextlib.contextmanager
def worker_pool(max_workers: int) -> Iterator[None]:
    """Opens the pool that `map_ordered` uses, until `shutdown` or the end of the block.

    Args:
      max_workers: processes that share the work, this one included; with fewer than two there is no pool.
    """
    global _pool
    try:
        if max_workers > 1:
            _pool = _open_pool(max_workers)
        yield
    finally:
        shutdown()


def _open_pool(max_workers: int) -> _WorkerPool | None:
    try:
        return _WorkerPool(max_workers - 1)
    except OSError:
        _log.warning("no worker process could be started; this process works alone", exc_info=True)
        return None


def shutdown() -> None:
    """Kills the workers, whatever they are doing; a file that one was writing is not taken for complete."""
    global _pool
    if _pool is not None:
        _pool.shutdown()
        _pool = None


def map_ordered(work: Callable[[Item], Result], items: Iterable[Item], threads: int = 1) -> Iterator[Result]:
    """Yields work(item) for each item, in the order of the items.

    Args:
      work: a picklable callable, with picklable results.
      items: taken as they are needed; picklable.
      threads: how many work at once where there is no pool; for work that mostly waits for files.

    Raises:
      WorkerDiedError: a worker process was killed.
      Exception: whatever `work` raises, for the first item in order that it fails on.
    """
    if _pool is not None:
        yield from _share(_pool.submit, _pool.size, work, items)
    elif threads > 1:
        with ThreadPoolExecutor(threads - 1) as executor:
            yield from _share(executor.submit, threads - 1, work, items)
    else:
        yield from map(work, items)


def _share(
    submit: Callable[..., Future[Any]], workers: int, work: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[Result]:
    """Submits items while workers have room for them, and works on the others here meanwhile."""
    pending: deque[Future[Any]] = deque()
    try:
        for item in items:
            busy = sum(not future.done() for future in pending) >= workers * ITEMS_PER_WORKER
            pending.append(_run_here(work, item) if busy else submit(work, item))
            while pending and (pending[0].done() or len(pending) > MAX_WAITING_RESULTS):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def _run_here(work: Callable[[Item], Result], item: Item) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(work(item))
    except Exception as error:  # noqa: BLE001 - raised when its turn comes
        future.set_exception(error)
    return future


class _WorkerPool:
    """Worker processes, and for each a thread of this process that waits for its answer."""

    def __init__(self, size: int):
        self.size = size
        self._idle: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._threads = ThreadPoolExecutor(size, "worker-pool")
        try:
            for _ in range(size):
                self._start_worker()
        except BaseException:
            self.shutdown()
            raise

    def submit(self, work: Callable[[Item], Result], item: Item) -> Future[Any]:
        """Queues an item for the next worker that is idle."""
        return self._threads.submit(self._ask, work, item)

    def shutdown(self) -> None:
        """Kills the workers."""
        for process in self._processes:
            process.kill()
            process.join()
        self._threads.shutdown(cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().close()

    def _start_worker(self) -> None:
        fork = multiprocessing.get_context("fork")
        connection, worker_end = fork.Pipe()
        process = fork.Process(target=_serve, args=(worker_end, os.getpid()), daemon=True)
        with _held_back():  # the worker lets them in once it has set what they do to it
            process.start()
            self._processes.append(process)
        worker_end.close()  # only the worker has it now, so its death ends what is read from `connection`
        self._idle.put(connection)

    def _ask(self, work: Callable[[Item], Result], item: Item) -> Result:
        connection = self._idle.get()
        try:
            connection.send_bytes(pickle.dumps((work, item)))
            result, error = pickle.loads(connection.recv_bytes())
        except (EOFError, OSError) as death:
            raise WorkerDiedError(
                "a worker process was killed; if memory is short, run on fewer CPUs "
                "(taskset -c 0 evergreen run)"
            ) from death
        finally:
            self._idle.put(connection)
        if error is not None:
            raise error
        return result


@contextlib.contextmanager
def _held_back() -> Iterator[None]:
    """Lets signals that end a run wait until the end of the block; a fork made in it inherits the wait.

    They wait for this thread: another one, which a run does not have yet when workers start, would take them.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Has the kernel send this process, a fork, a signal when the process that it was forked from ends."""
    _LIBC.prctl(_DIE_WITH_PARENT, number)


def _serve(connection: Connection, parent: int) -> None:
    """Answers until the parent is gone; leaves signals of the terminal and the end of a run to it."""
    global _pool
    _pool = None  # the parent's
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the parent's handler would raise here
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    die_with_parent()
    with contextlib.suppress(EOFError):
        while os.getppid() == parent:
            connection.send_bytes(_answer(connection.recv_bytes()))


def _answer(message: bytes) -> bytes:
    try:
        work, item = pickle.loads(message)
        return pickle.dumps((work(item), None), protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:  # noqa: BLE001 - the parent raises it
        traceback.print_exc()
        return pickle.dumps((None, _portable(error)))


def _portable(error: Exception) -> Exception:
    """Returns the error if it can be pickled, which a TensorFlow session's cannot; else one with its text."""
    try:
        return pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - an error of any library may refuse in any way
        return RuntimeError(f"{type(error).__name__}: {error}")
