"""Why there is no window, and what gives one: one line, and the exit code that goes with it."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Collection, Iterator, Sequence

from components.spans.grain import Grain
from pipeline.errors import ConfigError, DataError, UserError
from pipeline.spans.advice import missing_days, ways_out
from pipeline.spans.day_choice import WindowRequest, longest_window
from pipeline.spans.left_out import LeftOut, name_days, name_left_out


def why_none(
    ordered: Sequence[dt.date],
    usable: Sequence[dt.date],
    request: WindowRequest,
    left_out: Collection[LeftOut] = (),
) -> UserError:
    """Returns the error of a window that the usable days do not fill.

    Args:
      ordered: the complete days of the source, in order.
      usable: those of them whose labels are mature, in order.
      request: the window.
      left_out: days that cannot be used, to be named where the window misses them.
    """
    if not usable:
        return DataError(_none_mature(ordered, request))
    last = request.last
    error: type[UserError] = DataError
    if last and not usable[0] <= last <= usable[-1]:
        facts = _outside(ordered, last, request.grain)
        error = DataError if last in {each.day for each in left_out} else ConfigError
    else:
        facts = _too_few(usable, request)
    more = (*_immature(ordered, usable, request), *_left_out(usable, request, left_out))
    return error(f"{'; '.join((facts, *more))}: {_advice(usable, request)}")


def _none_mature(ordered: Sequence[dt.date], request: WindowRequest) -> str:
    one, many = request.grain.one, request.grain.many
    return (
        f"no {one} has all its labels yet: the {many} are {ordered[0]} to {ordered[-1]} and "
        f"data.label_delay_days is {request.label_delay_days}; wait, or lower it if labels come sooner"
    )


def _outside(ordered: Sequence[dt.date], last: dt.date, grain: Grain) -> str:
    asked = f"the {grain.one} of {last}" if grain.covers_days else f"{last}"
    if last in ordered:
        return f"the labels of {asked} are still coming in"
    earlier = bisect.bisect_left(ordered, last)
    if not earlier:
        return f"there is no data up to {asked}; the data begins on {ordered[0]}"
    newest = ordered[earlier - 1]
    days = (last - newest).days
    ago = "1 day" if days == 1 else f"{days} days"
    return f"there is no data for {asked}; the newest {grain.one} before it is {newest}, {ago} earlier"


def _too_few(usable: Sequence[dt.date], request: WindowRequest) -> str:
    first, last = _ends(usable, request)
    present = {day for day in usable if first <= day <= last}
    if request.gaps_are_fine:
        there = longest_window(usable, request)
        since = f" since a {request.grain.one} that cannot be read" if there < len(present) else ""
        return (
            f"the window needs {request.grain.count(request.days)} up to {last} and there are {there}{since}"
        )
    missed = first
    while missed in present:
        missed = request.grain.next(missed)
    days = request.grain.count(request.days)
    return (
        f"the window {first} … {last} has no data for {request.days - len(present)} of its {days} "
        f"(first {missed}); there is data from {usable[0]} to {usable[-1]}"
    )


def _ends(usable: Sequence[dt.date], request: WindowRequest) -> tuple[dt.date, dt.date]:
    """Returns between which days the window would look for its days."""
    last = request.last or usable[-1]
    return (dt.date.min if request.gaps_are_fine else request.grain.back(last, request.days - 1)), last


def _immature(ordered: Sequence[dt.date], usable: Sequence[dt.date], request: WindowRequest) -> Iterator[str]:
    if usable[-1] != ordered[-1]:
        yield (
            f"{name_days(ordered[len(usable) :])}: without all labels yet, as data.label_delay_days is "
            f"{request.label_delay_days}, so the newest {request.grain.one} that can be used is {usable[-1]}"
        )


def _left_out(
    usable: Sequence[dt.date], request: WindowRequest, left_out: Collection[LeftOut]
) -> Iterator[str]:
    first, _ = _ends(usable, request)
    out = [each for each in left_out if first <= each.day <= (request.last or dt.date.max)]
    if out:
        yield f"left out: {name_left_out(out)}"


def _advice(usable: Sequence[dt.date], request: WindowRequest) -> str:
    ways = ways_out(usable, request)
    labelled = " with all their labels" if request.label_delay_days else ""
    if ways:
        return f"{', or '.join(ways)}, or add the {request.grain.many} that are missing"
    shortest, missing = request.grain.count(request.shortest_days), missing_days(usable, request)
    return (
        f"the shortest window that leaves a day to fit beside window.eval_days and training.validation_days "
        f"has {shortest}; add at least {missing}{labelled}"
    )
