"""Which days a window has: decided on the days of a source and the settings, without a message."""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class WindowRequest:
    """The window that the command line and the configuration ask for.

    Attributes:
      until: last day of the window; None for the newest day whose labels are mature.
      days: length of the window.
      eval_days: how many of its last days are for evaluation.
      allow_gaps: whether days without data may lie inside the window.
      validation_days: days of train that are held out to stop training, so that more days are needed.
      by_time: whether only the last `eval_days` are for evaluation; if not, every day is for both.
      label_delay_days: by how many days the source's newest day must be later than a day whose labels are
        all there.
      unreadable: days whose files cannot be read; no gap may hide one.
    """

    until: dt.date | None
    days: int
    eval_days: int
    allow_gaps: bool = False
    validation_days: int = 1
    by_time: bool = True
    label_delay_days: int = 0
    unreadable: frozenset[dt.date] = frozenset()

    @property
    def shortest_days(self) -> int:
        """Length of the shortest window that leaves a day to fit, with all else as it is."""
        held_out = self.validation_days + (self.eval_days if self.by_time else 0)
        return 1 + max(held_out, self.eval_days)


def mature_days(ordered: Sequence[dt.date], label_delay_days: int) -> list[dt.date]:
    """Returns the days whose labels are all there.

    The source's own newest day decides and not the clock, so that equal data makes an equal launch whenever
    it is started, and a source that comes late is waited for.

    Args:
      ordered: the complete days of a source, in order.
      label_delay_days: by how many days the newest of them must be later.
    """
    return [day for day in ordered if (ordered[-1] - day).days >= label_delay_days]


def find_days(usable: Sequence[dt.date], request: WindowRequest) -> list[dt.date] | None:
    """Returns the days of a window; None if the usable days do not fill it.

    Without gaps a window is `days` consecutive days; with gaps, the last `days` days that have data. It never
    ends later than the newest usable day: with every day that arrives it would be another window.

    Args:
      usable: days that have data and mature labels, in order.
      request: the window.
    """
    if request.days > longest_window(usable, request):
        return None
    return list(days_until(usable, request.until)[-request.days :])


def longest_window(usable: Sequence[dt.date], request: WindowRequest) -> int:
    """Returns how many days a window can have that ends where the requested one does; 0 if none can."""
    last = request.until or usable[-1]
    if not usable[0] <= last <= usable[-1]:
        return 0
    past = days_until(usable, request.until)
    if request.allow_gaps:
        hidden = max((day for day in request.unreadable if day < past[-1]), default=past[0])
        return len(past) - bisect.bisect_left(past, hidden)
    return _consecutive(past) if past[-1] == last else 0


def days_until(ordered: Sequence[dt.date], until: dt.date | None) -> Sequence[dt.date]:
    """Returns the days up to one; all of them if there is none."""
    return ordered[: bisect.bisect_right(ordered, until)] if until else ordered


def _consecutive(ordered: Sequence[dt.date]) -> int:
    """Returns how many of the last days follow each other without a gap."""
    length = 1
    while length < len(ordered) and (ordered[-1] - ordered[-1 - length]).days == length:
        length += 1
    return length
