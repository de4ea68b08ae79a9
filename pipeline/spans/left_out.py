"""Days that a source has and that no window uses, and how people are told of them, in one line each."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

_NAMED_ONE_BY_ONE = 3


@dataclasses.dataclass(frozen=True)
class LeftOut:
    """A day that is in the source and cannot be used as it is.

    Attributes:
      day: which day it is, or would be.
      name: of the file or the partition.
      why: what keeps it out, and what to do about it.
      unreadable: whether its name is right and it cannot be read; such a day is no gap that may be allowed.
    """

    day: dt.date
    name: str
    why: str
    unreadable: bool = False

    def __str__(self) -> str:
        return f"{self.name} ({self.why})"


def name_days(days: Iterable[dt.date]) -> str:
    """Returns few days one by one, and of many the first, the last and their number."""
    ordered = sorted(days)
    if len(ordered) <= _NAMED_ONE_BY_ONE:
        return ", ".join(map(str, ordered))
    return f"{ordered[0]} … {ordered[-1]} ({len(ordered)} days)"


def name_left_out(left_out: Iterable[LeftOut]) -> str:
    """Returns few one by one; of many the first, the last and their number, and why the last one is out."""
    ordered = sorted(left_out, key=lambda each: each.day)
    if len(ordered) <= _NAMED_ONE_BY_ONE:
        return ", ".join(map(str, ordered))
    return f"{ordered[0].name} … {ordered[-1].name}, {len(ordered)} in all (the last: {ordered[-1].why})"
