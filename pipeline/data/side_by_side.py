"""Work on the columns of a batch side by side: Arrow computes without Python's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from components.workers import default_max_workers

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Returns work(item) for each item, in their order.

    Raises:
      Exception: whatever `work` raises, for the first item in order that it fails on.
    """
    with ThreadPoolExecutor(default_max_workers()) as executor:
        return [*executor.map(work, items)]
