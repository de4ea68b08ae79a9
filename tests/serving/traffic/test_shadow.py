"""Requests whose answers nobody waits for."""

import logging
import threading

import pytest

from serving.traffic.shadow import Shadow


def test_a_full_queue_drops_and_counts_and_never_waits() -> None:
    """One job is being done and two wait; the caller is never held up, although the work stands still."""
    begun, go_on, done = threading.Event(), threading.Event(), []

    def work(job: int) -> None:
        begun.set()
        assert go_on.wait(30)
        done.append(job)

    shadow = Shadow(work, capacity=2)
    assert shadow.offer(0)
    assert begun.wait(30)
    assert [shadow.offer(job) for job in (1, 2, 3, 4)] == [True, True, False, False]
    assert (shadow.dropped, done) == (2, [])
    go_on.set()
    shadow.stop(30)
    assert done == [0, 1, 2]


def test_what_fails_is_logged_and_the_next_one_follows(caplog: pytest.LogCaptureFixture) -> None:
    done = []

    def work(job: int) -> None:
        done.append(1 / job)

    shadow = Shadow(work, capacity=9)
    with caplog.at_level(logging.ERROR):
        for job in (0, 1, 0, 2):
            shadow.offer(job)
        shadow.stop(30)
    assert done == [1.0, 0.5]
    assert [each.exc_info[0] for each in caplog.records] == [ZeroDivisionError] * 2


def test_without_a_job_there_is_no_thread() -> None:
    before = threading.active_count()
    Shadow(print, capacity=9).stop(30)
    assert threading.active_count() == before
