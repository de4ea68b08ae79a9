"""A crew shares work: in order, in several processes, and no process of it is left behind."""

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

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a crew is forked on Linux only")


@pytest.fixture(autouse=True)
def _nobody_stays() -> Iterator[None]:
    before = set(psutil.Process().children())
    yield
    assert set(psutil.Process().children()) <= before


def square(number: int) -> tuple[int, int]:
    """The square, and who made it."""
    time.sleep(0.01)
    return number**2, os.getpid()


def fails_from_three(number: int) -> int:
    """Fails, and the later the sooner."""
    time.sleep(max(0.0, 0.1 - number / 100))
    if number >= 3:
        raise ValueError(f"number {number}")
    return number


def kills_helpers(parent: int) -> None:
    """Ends the process it is done in, if that is a helper."""
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)


class UnsendableError(Exception):
    """Is not made again from what it was made of."""

    def __init__(self, place: str, fault: str):
        super().__init__(f"{place}: {fault}")


def cannot_be_sent(number: int) -> None:
    """Fails in ways that no message can hold."""
    raise UnsendableError("row", str(number)) if number else OpenError("cell", open(os.devnull))  # noqa: SIM115


class OpenError(Exception):
    """Holds what cannot be pickled, as TensorFlow's errors of a session do."""


def large(number: int) -> bytes:
    """A message that does not fit into a pipe at once."""
    del number
    return bytes(4_000_000)


def slow_at_first(number: int) -> int:
    """The first takes longer than all others."""
    time.sleep(0.5 if number == 0 else 0)
    return number


def shares_itself(number: int) -> list[int]:
    """Work that is made of work."""
    return [value for value, _ in workers.mapped(square, range(number))]


def marks(path: Path) -> None:
    """Leaves a mark that the item was begun."""
    path.touch()
    if path.name == "0":
        raise OSError("the first")
    time.sleep(0.02)


def test_work_comes_back_in_order_from_several_processes():
    with workers.hired(3):
        found = list(workers.mapped(square, range(60)))
    assert [value for value, _ in found] == [number**2 for number in range(60)]
    processes = {pid for _, pid in found}
    assert os.getpid() in processes
    assert len(processes) == 3


@pytest.mark.parametrize("processes", [0, 1])
def test_nobody_hired_the_work_is_done_here(processes: int):
    with workers.hired(processes):
        assert {pid for _, pid in workers.mapped(square, range(3))} == {os.getpid()}


def test_items_are_taken_as_they_are_needed():
    taken = []
    with workers.hired(2):
        results = workers.mapped(square, (taken.append(number) or number for number in range(1_000)))
        for _ in range(10):
            next(results)
        assert len(taken) < 50
        results.close()


def test_helpers_dismissed_the_rest_is_done_here():
    with workers.hired(2):
        workers.dismiss()
        assert psutil.Process().children() == []
        assert {pid for _, pid in workers.mapped(square, range(3))} == {os.getpid()}


@pytest.mark.parametrize("processes", [1, 3])
def test_the_first_failure_in_order_is_raised(processes: int):
    with workers.hired(processes), pytest.raises(ValueError, match="number 3"):
        list(workers.mapped(fails_from_three, range(20)))


def test_after_a_failure_nothing_more_is_begun(tmp_path: Path):
    with workers.hired(2), pytest.raises(OSError, match="the first"):
        list(workers.mapped(marks, [tmp_path / str(number) for number in range(100)]))
    assert len(list(tmp_path.iterdir())) < 20


def test_a_helper_that_was_killed_is_said_to_be():
    with workers.hired(2), pytest.raises(workers.CrewError, match="a helper process was killed"):
        list(workers.mapped(kills_helpers, [os.getpid()] * 20))


def test_a_helper_that_is_killed_while_it_answers_is_said_to_be():
    with workers.hired(2):
        results = workers.mapped(large, range(1_000))
        next(results)
        (helper,) = psutil.Process().children()
        helper.send_signal(signal.SIGSTOP)
        time.sleep(0.1)
        helper.kill()
        with pytest.raises(workers.CrewError):
            list(results)


@pytest.mark.parametrize(("number", "said"), [(0, "OpenError: .*cell"), (1, "UnsendableError: row: 1")])
def test_an_error_that_cannot_be_sent_is_told_in_words(number: int, said: str):
    with workers.hired(2), pytest.raises(RuntimeError, match=said):
        list(workers.mapped(cannot_be_sent, [number]))


def test_few_results_wait_for_a_slow_one():
    begun = []
    with workers.hired(2):
        results = workers.mapped(slow_at_first, (begun.append(number) or number for number in range(1_000)))
        assert next(results) == 0
        assert len(begun) <= workers.HELD + 1
        assert list(results) == list(range(1, 1_000))


def test_work_made_of_work_is_done_where_it_is():
    with workers.hired(2):
        assert list(workers.mapped(shares_itself, [2, 3])) == [[0, 1], [0, 1, 4]]


def test_where_nobody_is_hired_threads_may_wait_together():
    began = time.monotonic()
    found = list(workers.mapped(square, range(100), threads=4))
    assert [value for value, _ in found] == [number**2 for number in range(100)]
    assert {pid for _, pid in found} == {os.getpid()}
    assert time.monotonic() - began < 100 * 0.01


def test_where_no_process_can_be_made_this_one_works_alone(monkeypatch: pytest.MonkeyPatch):
    def refuse() -> int:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    with workers.hired(3):
        assert {pid for _, pid in workers.mapped(square, range(3))} == {os.getpid()}


def test_ctrl_c_is_left_to_the_parent():
    with workers.hired(2):
        for helper in psutil.Process().children():
            helper.send_signal(signal.SIGINT)
        assert len({pid for _, pid in workers.mapped(square, range(20))}) == 2


def test_a_helper_does_not_outlive_a_parent_that_is_killed():
    script = (
        "import psutil, sys, time\n"
        "from components import workers\n"
        "with workers.hired(2):\n"
        "    print(*(child.pid for child in psutil.Process().children()), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        helpers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert helpers
    _, alive = psutil.wait_procs(helpers, timeout=5)
    assert alive == []


def test_as_many_processes_as_processors_and_never_more_than_four(monkeypatch: pytest.MonkeyPatch):
    for processors, expected in ((1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, number=processors: range(number))
        assert workers.processors() == expected
    monkeypatch.setattr(sys, "platform", "darwin")
    assert workers.processors() == 1
