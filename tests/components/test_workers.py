"""The worker pool shares work: in order, in several processes, and leaves no process behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from components import workers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux only")


@pytest.fixture(autouse=True)
def _no_worker_remains() -> Iterator[None]:
    before = set(psutil.Process().children())
    yield
    assert set(psutil.Process().children()) <= before


def square(number: int) -> tuple[int, int]:
    """Returns the square, and the process that computed it."""
    time.sleep(0.01)
    return number**2, os.getpid()


def fails_from_three(number: int) -> int:
    """Fails from item 3 on, later items sooner."""
    time.sleep(max(0.0, 0.1 - number / 100))
    if number >= 3:
        raise ValueError(f"number {number}")
    return number


def kills_workers(parent: int) -> None:
    """Kills the process it runs in, if that is a worker."""
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)


class UnsendableError(Exception):
    """An error that cannot be unpickled: its arguments are not its constructor's."""

    def __init__(self, place: str, cause: str):
        super().__init__(f"{place}: {cause}")


def cannot_be_sent(number: int) -> None:
    """Fails with errors that cannot be pickled, or not be unpickled."""
    raise UnsendableError("row", str(number)) if number else OpenError("cell", open(os.devnull))  # noqa: SIM115


class OpenError(Exception):
    """An error that cannot be pickled, as those of a TensorFlow session."""


def large(number: int) -> bytes:
    """Returns more than fits into a pipe at once."""
    del number
    return bytes(4_000_000)


def slow_at_first(number: int) -> int:
    """Takes longer for the first item than for all others."""
    time.sleep(0.5 if number == 0 else 0)
    return number


def shares_itself(number: int) -> list[int]:
    """Shares work from inside an item of work."""
    return [value for value, _ in workers.map_ordered(square, range(number))]


def marks(path: Path) -> None:
    """Leaves a mark that work on the item has begun."""
    path.touch()
    if path.name == "0":
        raise OSError("the first")
    time.sleep(0.02)


def test_work_comes_back_in_order_from_several_processes():
    with workers.worker_pool(3):
        results = list(workers.map_ordered(square, range(60)))
    assert [value for value, _ in results] == [number**2 for number in range(60)]
    processes = {pid for _, pid in results}
    assert os.getpid() in processes
    assert len(processes) == 3


@pytest.mark.parametrize("max_workers", [0, 1])
def test_without_a_pool_the_work_is_done_here(max_workers: int):
    with workers.worker_pool(max_workers):
        assert {pid for _, pid in workers.map_ordered(square, range(3))} == {os.getpid()}


def test_items_are_taken_as_they_are_needed():
    taken = []
    with workers.worker_pool(2):
        results = workers.map_ordered(square, (taken.append(number) or number for number in range(1_000)))
        for _ in range(10):
            next(results)
        assert len(taken) < 50
        results.close()


def test_after_shutdown_the_rest_is_done_here():
    with workers.worker_pool(2):
        workers.shutdown()
        assert multiprocessing.active_children() == []
        assert {pid for _, pid in workers.map_ordered(square, range(3))} == {os.getpid()}


@pytest.mark.parametrize("max_workers", [1, 3])
def test_the_first_failure_in_order_is_raised(max_workers: int):
    with workers.worker_pool(max_workers), pytest.raises(ValueError, match="number 3"):
        list(workers.map_ordered(fails_from_three, range(20)))


def test_after_a_failure_nothing_more_is_begun(tmp_path: Path):
    with workers.worker_pool(2), pytest.raises(OSError, match="the first"):
        list(workers.map_ordered(marks, [tmp_path / str(number) for number in range(100)]))
    assert len(list(tmp_path.iterdir())) < 20


def test_a_killed_worker_is_reported():
    with workers.worker_pool(2), pytest.raises(workers.WorkerDiedError, match="a worker process was killed"):
        list(workers.map_ordered(kills_workers, [os.getpid()] * 20))


def test_a_worker_killed_while_it_answers_is_reported():
    with workers.worker_pool(2):
        results = workers.map_ordered(large, range(1_000))
        next(results)
        (worker,) = multiprocessing.active_children()
        os.kill(worker.pid, signal.SIGSTOP)
        time.sleep(0.1)
        worker.kill()
        with pytest.raises(workers.WorkerDiedError):
            list(results)


@pytest.mark.parametrize(("number", "text"), [(0, "OpenError: .*cell"), (1, "UnsendableError: row: 1")])
def test_an_error_that_cannot_be_sent_arrives_as_its_text(number: int, text: str):
    with workers.worker_pool(2), pytest.raises(RuntimeError, match=text):
        list(workers.map_ordered(cannot_be_sent, [number]))


def test_few_results_wait_for_a_slow_one():
    begun = []
    with workers.worker_pool(2):
        results = workers.map_ordered(
            slow_at_first, (begun.append(number) or number for number in range(1_000))
        )
        assert next(results) == 0
        assert len(begun) <= workers.MAX_WAITING_RESULTS + 1
        assert list(results) == list(range(1, 1_000))


def test_work_shared_inside_a_worker_is_done_by_that_worker():
    with workers.worker_pool(2):
        assert list(workers.map_ordered(shares_itself, [2, 3])) == [[0, 1], [0, 1, 4]]


def test_without_a_pool_threads_may_wait_together():
    began = time.monotonic()
    results = list(workers.map_ordered(square, range(100), threads=4))
    assert [value for value, _ in results] == [number**2 for number in range(100)]
    assert {pid for _, pid in results} == {os.getpid()}
    assert time.monotonic() - began < 100 * 0.01


def test_where_no_worker_can_be_started_this_process_works_alone(monkeypatch: pytest.MonkeyPatch):
    def refuse() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    with workers.worker_pool(3):
        assert {pid for _, pid in workers.map_ordered(square, range(3))} == {os.getpid()}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_the_terminal_sends_is_left_to_the_parent(number: signal.Signals):
    with workers.worker_pool(2):
        for worker in multiprocessing.active_children():
            os.kill(worker.pid, number)
        assert len({pid for _, pid in workers.map_ordered(square, range(20))}) == 2


def test_ctrl_c_is_left_to_the_parent_from_the_worker_s_first_moment(monkeypatch: pytest.MonkeyPatch):
    real_fork = os.fork

    def fork_and_interrupt() -> int:
        child = real_fork()
        if child == 0:
            os.kill(os.getpid(), signal.SIGINT)
        return child

    monkeypatch.setattr(os, "fork", fork_and_interrupt)
    with workers.worker_pool(2):
        assert len({pid for _, pid in workers.map_ordered(square, range(20))}) == 2


def test_sigterm_still_ends_a_worker():
    with workers.worker_pool(2):
        (worker,) = multiprocessing.active_children()
        worker.terminate()
        worker.join(10)
        assert worker.exitcode == -signal.SIGTERM


def test_a_ctrl_c_while_workers_start_reaches_this_process_and_leaves_none_behind():
    """In a process of one thread, as a run's is when workers start: another one would take the signal."""
    script = (
        "import os, psutil, signal\n"
        "from components import workers\n"
        "real_fork = os.fork\n"
        "os.fork = lambda: os.kill(os.getpid(), signal.SIGINT) or real_fork()\n"
        "try:\n"
        "    with workers.worker_pool(2):\n"
        "        print('the interruption was lost')\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted,', len(psutil.Process().children()), 'left')\n"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert said.stdout == "interrupted, 0 left\n", said.stderr


def test_a_worker_does_not_outlive_a_killed_parent():
    script = (
        "import psutil, sys, time\n"
        "from components import workers\n"
        "with workers.worker_pool(2):\n"
        "    print(*(child.pid for child in psutil.Process().children()), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert children
    _, left = psutil.wait_procs(children, timeout=5)
    assert [each for each in left if each.status() != psutil.STATUS_ZOMBIE] == []  # some machines never reap


def test_one_process_per_cpu_and_never_more_than_four(monkeypatch: pytest.MonkeyPatch):
    for cpus, expected in ((1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, number=cpus: range(number))
        assert workers.default_max_workers() == expected
    monkeypatch.setattr(sys, "platform", "darwin")
    assert workers.default_max_workers() == 1
