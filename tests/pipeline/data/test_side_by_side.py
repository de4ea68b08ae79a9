"""Columns that are worked on side by side come back in their order, and the first fault is the one raised."""

import threading
import time

import pytest

from pipeline.data.side_by_side import side_by_side


def test_results_are_in_the_order_of_the_items():
    def work(number: int) -> int:
        time.sleep(0.001 * (5 - number))
        return number * number

    assert side_by_side(work, range(5)) == [0, 1, 4, 9, 16]


def test_the_fault_of_the_first_item_is_raised_though_a_later_one_fails_sooner():
    second_failed = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            second_failed.wait(5)
        else:
            second_failed.set()
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        side_by_side(work, [0, 1])
