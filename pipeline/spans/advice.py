"""What a user can change about a window that the data does not fill: only what was tried and gives one."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Iterator, Sequence

from pipeline.spans.day_choice import WindowRequest, days_until, find_days, longest_window

_GAPS = "window.allow_gaps=true"


def ways_out(usable: Sequence[dt.date], request: WindowRequest) -> list[str]:
    """Returns changes that give a window, each enough by itself; none if only more days help.

    Several settings are changed together only where no single change is enough.

    Args:
      usable: days that have data and mature labels, in order.
      request: the window that they do not fill.
    """
    single = [*_other_ends(usable, request), *_shorter(usable, request), *_with_gaps(usable, request)]
    return single or [*_several_changes(usable, request)][:1]


def missing_days(usable: Sequence[dt.date], request: WindowRequest) -> int:
    """Returns how many days must come before any change gives a window; 0 or less if some change does now."""
    longest = longest_window(usable, dataclasses.replace(request, until=None, allow_gaps=True))
    return request.shortest_days - longest


def _other_ends(usable: Sequence[dt.date], request: WindowRequest) -> Iterator[str]:
    """Yields the newest end up to the requested one at which the window is whole, and the newest of all."""

    def newest(days: Sequence[dt.date]) -> list[dt.date]:
        ends = (day for day in reversed(days) if find_days(usable, dataclasses.replace(request, until=day)))
        return [*itertools.islice(ends, 1)]

    for day in sorted({*newest(days_until(usable, request.last)), *newest(usable)}):
        yield "leave out --until" if day == usable[-1] else f"give --until {day}"


def _shorter(usable: Sequence[dt.date], request: WindowRequest) -> Iterator[str]:
    days = min(longest_window(usable, request), request.days)
    if days >= request.shortest_days:
        yield f"set window.days={days}"


def _with_gaps(usable: Sequence[dt.date], request: WindowRequest) -> Iterator[str]:
    if find_days(usable, dataclasses.replace(request, allow_gaps=True)):
        yield f"set {_GAPS}"


def _several_changes(usable: Sequence[dt.date], request: WindowRequest) -> Iterator[str]:
    newest = dataclasses.replace(request, until=None)
    for change in _shorter(usable, newest):
        yield f"leave out --until and {change}"
    for change in _shorter(usable, dataclasses.replace(request, allow_gaps=True)):
        yield f"{change} and {_GAPS}"
    for change in _shorter(usable, dataclasses.replace(newest, allow_gaps=True)):
        yield f"leave out --until, {change} and {_GAPS}"
