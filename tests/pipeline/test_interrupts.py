"""A signal ends the command wherever it comes, also where Python alone would lose it."""

import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from pipeline import interrupts

REPEAT_S = 0.02
LONG_S = 20 * REPEAT_S
WENT_ON, INTERRUPTED = 10, 11


def do(work: Callable[[], None], clean_up_s: float) -> None:
    """Does work in this process, whose signals are handled, and ends it with a code."""
    interrupts.REPEAT_S, interrupts.CLEAN_UP_S = REPEAT_S, clean_up_s
    interrupts.install()
    try:
        work()
        code = WENT_ON
    except KeyboardInterrupt:
        interrupts.ignore()
        code = INTERRUPTED
    os._exit(code)


def end_of(work: Callable[[], None], clean_up_s: float = 60.0) -> int:
    """How work ends in a process of its own, whose signals are handled: a code, or minus a signal."""
    process = multiprocessing.get_context("fork").Process(target=do, args=(work, clean_up_s))
    process.start()
    process.join(60)
    assert process.exitcode is not None, "it hangs"
    return process.exitcode


def send(number: int = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)
    time.sleep(0)  # a moment at which Python looks for signals


@pytest.mark.parametrize("number", interrupts.SIGNALS)
def test_each_signal_interrupts(number: signal.Signals):
    assert end_of(lambda: send(number)) == INTERRUPTED


def test_without_a_signal_work_goes_on():
    assert end_of(interrupts.check) == WENT_ON


def swallow() -> None:
    with contextlib.suppress(BaseException):
        send()


def swallow_in_del() -> None:
    class Noisy:
        def __del__(self) -> None:
            send()

    Noisy()


@pytest.mark.parametrize("lose", [swallow, swallow_in_del])
def test_what_was_swallowed_is_raised_again_soon(lose: Callable[[], None]):
    def work() -> None:
        lose()
        time.sleep(LONG_S)

    assert end_of(work) == INTERRUPTED


def test_what_was_swallowed_is_known_at_the_next_check():
    def work() -> None:
        swallow()
        interrupts.check()

    assert end_of(work) == INTERRUPTED


@contextlib.contextmanager
def slow_to_close() -> Iterator[None]:
    try:
        yield
    finally:
        send(signal.SIGTERM)
        time.sleep(LONG_S)


def test_clean_up_is_not_cut_short():
    """Neither by another signal nor by the repetition, in `finally`, `__exit__` or `except`."""

    def work() -> None:
        try:
            with slow_to_close():
                send()
        except KeyboardInterrupt:
            send(signal.SIGTERM)
            time.sleep(LONG_S)
            os._exit(0)

    assert end_of(work) == 0


def test_clean_up_that_does_not_end_is_interrupted():
    """As is work that a library falls back to inside its `except:`."""

    def work() -> None:
        try:
            send()
        except KeyboardInterrupt:
            time.sleep(50)

    assert end_of(work, clean_up_s=LONG_S) == INTERRUPTED


def test_a_deferred_signal_comes_at_the_end_of_the_block():
    def work() -> None:
        try:
            with interrupts.deferred():
                send()
                time.sleep(LONG_S)
                whole = True
        except KeyboardInterrupt:
            os._exit(0 if whole else 1)

    assert end_of(work) == 0


def test_after_the_end_signals_do_nothing():
    def work() -> None:
        swallow()
        interrupts.ignore()
        for number in interrupts.SIGNALS:
            send(number)
        time.sleep(LONG_S)

    assert end_of(work) == WENT_ON


def test_a_signal_that_the_process_was_started_to_ignore_stays_ignored():
    def work() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # nohup
        interrupts.install()
        send(signal.SIGHUP)
        interrupts.check()

    assert end_of(work) == WENT_ON


def test_a_forked_process_can_end_by_a_signal_as_usual():
    def work() -> None:
        interrupts.restore_defaults()
        send(signal.SIGTERM)

    assert end_of(work) == -signal.SIGTERM


def from_one() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt as interrupt:
        raise RuntimeError("a library's") from interrupt


def while_handling_one() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        raise RuntimeError("a library's") from None


def far_behind() -> None:
    try:
        from_one()
    except RuntimeError:
        [][0]


@pytest.mark.parametrize("turn", [from_one, while_handling_one, far_behind])
def test_an_error_that_came_of_an_interruption_is_one(turn: Callable[[], None]):
    with pytest.raises((RuntimeError, IndexError)) as caught:
        turn()
    assert interrupts.is_behind(caught.value)
    with pytest.raises(KeyboardInterrupt):
        interrupts.check(caught.value)


def test_any_other_error_is_not():
    error = RuntimeError("ours")
    error.__context__, error.__cause__ = ValueError(), error  # a circle
    assert not interrupts.is_behind(error)
    assert not interrupts.is_behind(None)
    interrupts.check(error)
