"""Calls that may never return."""

import logging
import threading
import time

import pytest

from serving.traffic.patience import MOST_LEFT, Patience


def test_a_call_is_waited_for_and_its_thread_serves_the_next_one() -> None:
    patience: Patience[int] = Patience()
    first = patience.call(threading.get_ident, 30)
    assert first not in (None, threading.get_ident())
    assert patience.call(threading.get_ident, 30) == first


def test_what_hangs_is_left_and_counts_until_it_returns() -> None:
    patience, go_on = Patience[bool](), threading.Event()
    for _ in range(MOST_LEFT):
        assert not patience.is_exhausted
        assert patience.call(lambda: go_on.wait(60), 0.02) is None
    assert patience.is_exhausted
    go_on.set()
    until = time.monotonic() + 30
    while patience.is_exhausted and time.monotonic() < until:
        time.sleep(0.01)
    assert not patience.is_exhausted
    assert patience.call(lambda: True, 30)


def test_what_raises_is_logged_and_no_answer(caplog: pytest.LogCaptureFixture) -> None:
    patience: Patience[float] = Patience()
    with caplog.at_level(logging.ERROR):
        assert patience.call(lambda: 1 / 0, 30) is None
    assert caplog.records[0].exc_info[0] is ZeroDivisionError
    assert patience.call(lambda: 2.0, 30) == 2.0
