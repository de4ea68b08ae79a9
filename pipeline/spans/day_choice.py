"""Which days a window has: decided on the days of a source and the settings, without a message.

A day stands for the span that begins with it. Where the grain is another one than days, the window's numbers
count weeks, months or deliveries in their place.
"""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
from collections.abc import Sequence

from components.spans.grain import DAY, Grain


@dataclasses.dataclass(frozen=True)
class WindowRequest:
    """The window that the command line and the configuration ask for.

    Attributes:
      until: last day of the window; None for the newest day whose labels are mature.
      days: length of the window.
      eval_days: how many of its last days are for evaluation, if it is split by time.
      allow_gaps: whether days without data may lie inside the window.
      validation_days: days of rows of train that are held out to stop training, so that more days are
        needed; 0 where rows have no days.
      by_time: whether only the last `eval_days` are for evaluation; if not, every day is for both.
      label_delay_days: by how many days the source's newest day must be later than a day whose labels are
        all there.
      unreadable: days whose files cannot be read; no gap may hide one.
      grain: what a day stands for. Of deliveries, which have no gaps, as many are taken as there are.
    """

    until: dt.date | None
    days: int
    eval_days: int
    allow_gaps: bool = False
    validation_days: int = 1
    by_time: bool = True
    label_delay_days: int = 0
    unreadable: frozenset[dt.date] = frozenset()
    grain: Grain = DAY

    @property
    def shortest_days(self) -> int:
        """Length of the shortest window that can leave a day to fit, with all else as it is."""
        return self.grain.spans_for(self.validation_days + 1) + (self.eval_days if self.by_time else 0)

    @property
    def gaps_are_fine(self) -> bool:
        """Whether the window takes the last days that there are."""
        return self.allow_gaps or not self.grain.has_calendar

    @property
    def takes_fewer(self) -> bool:
        """Whether the window takes all there are, where there are fewer than `days`."""
        return not self.grain.has_calendar

    @property
    def last(self) -> dt.date | None:
        """The day by which the last span is named: that in which `until` lies."""
        return self.until and self.grain.first_day(self.until)


def mature_days(ordered: Sequence[dt.date], label_delay_days: int, grain: Grain = DAY) -> list[dt.date]:
    """Returns the days whose labels are all there: the labels of the last day of each span.

    The source's own newest day decides and not the clock, so that equal data makes an equal launch whenever
    it is started, and a source that comes late is waited for.

    Args:
      ordered: the complete days of a source, in order.
      label_delay_days: by how many days the newest of them must be later.
      grain: what a day stands for.
    """
    newest = grain.last_day(ordered[-1]) if ordered else None
    return [day for day in ordered if newest and (newest - grain.last_day(day)).days >= label_delay_days]


def find_days(usable: Sequence[dt.date], request: WindowRequest) -> list[dt.date] | None:
    """Returns the days of a window; None if the usable days do not fill it.

    Without gaps a window is `days` consecutive days; with gaps, the last `days` days that have data; of
    deliveries, the last `days`, or all if there are fewer. It never ends later than the newest usable day:
    with every day that arrives it would be another window.

    Args:
      usable: days that have data and mature labels, in order.
      request: the window.
    """
    past = days_until(usable, request.last)
    days = min(request.days, len(past)) if request.takes_fewer else request.days
    if not 0 < days <= longest_window(usable, request):
        return None
    return list(past[-days:])


def longest_window(usable: Sequence[dt.date], request: WindowRequest) -> int:
    """Returns how many days a window can have that ends where the requested one does; 0 if none can."""
    last = request.last or usable[-1]
    if not usable[0] <= last <= usable[-1]:
        return 0
    past = days_until(usable, request.last)
    if request.gaps_are_fine:
        hidden = max((day for day in request.unreadable if day < past[-1]), default=past[0])
        return len(past) - bisect.bisect_left(past, hidden)
    return _consecutive(past, request.grain) if past[-1] == last else 0


def days_until(ordered: Sequence[dt.date], until: dt.date | None) -> Sequence[dt.date]:
    """Returns the days up to one; all of them if there is none."""
    return ordered[: bisect.bisect_right(ordered, until)] if until else ordered


def _consecutive(ordered: Sequence[dt.date], grain: Grain) -> int:
    """Returns how many of the last days follow each other without a gap."""
    length = 1
    while length < len(ordered) and grain.next(ordered[-1 - length]) == ordered[-length]:
        length += 1
    return length
