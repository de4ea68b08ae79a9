"""SIGINT, SIGTERM and SIGHUP end the command, wherever they find it.

Python raises KeyboardInterrupt once, where the main thread happens to be. In a `__del__`, in a function that
C++ calls or in a library's `except:` it is lost, and what should end goes on. So a signal is remembered here,
is raised again until somebody handles it, and whoever is about to do something lasting asks `check` first.

While a KeyboardInterrupt is being handled, that is inside `except`, `finally` or `__exit__`, no other is
raised: a second Ctrl-C does not cut clean-up short.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
REPEAT_S = 1.0
CLEAN_UP_S = 20.0  # a model server is given 15 s to end

_since: float | None = None  # when the first signal came
_deferring = 0


def install() -> None:
    """Makes the signals raise KeyboardInterrupt in this thread, the main one, until `ignore`.

    Signals that this process was started to ignore (`nohup`) stay ignored.
    """
    global _since, _deferring
    _since, _deferring = None, 0
    signal.signal(signal.SIGALRM, _interrupt)  # repeats the others
    for number in SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def ignore() -> None:
    """Ignores the signals from now on: how the command ended is settled."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in (*SIGNALS, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)


def restore_defaults() -> None:
    """Gives the signals their usual effect, in a process that was forked from one with `install`."""
    global _since, _deferring
    _since, _deferring = None, 0
    for number in (*SIGNALS, signal.SIGALRM):
        if signal.getsignal(number) is _interrupt:
            signal.signal(number, signal.SIG_DFL)


def is_behind(fault: BaseException | None) -> bool:
    """Returns whether a signal has come, or an interruption is what an error came from."""
    return _since is not None or _is_interruption(fault)


def check(fault: BaseException | None = None) -> None:
    """Raises KeyboardInterrupt if a signal has come, or if an interruption is behind an error."""
    if is_behind(fault):
        raise KeyboardInterrupt from fault


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Lets the block end before a signal that comes meanwhile interrupts. Keep it short."""
    global _deferring
    _deferring += 1
    try:
        yield
    finally:
        _deferring -= 1
    check()


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal's interface
    global _since
    if _since is None:
        _since = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, REPEAT_S, REPEAT_S)
    handled = _is_interruption(sys.exc_info()[1]) and time.monotonic() - _since < CLEAN_UP_S
    if not (handled or _deferring):
        raise KeyboardInterrupt


def _is_interruption(fault: BaseException | None) -> bool:
    """Returns whether an error is a KeyboardInterrupt, or was raised from one or while handling one."""
    waiting, seen = [fault], set()
    while waiting:
        each = waiting.pop()
        if isinstance(each, KeyboardInterrupt):
            return True
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            waiting += [each.__cause__, each.__context__]
    return False
