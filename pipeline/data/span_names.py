"""Which span a day belongs to. Pure Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from pipeline.data.rules import Grain


def first_day(day: dt.date, grain: Grain) -> dt.date:
    """Returns the first day of the span that holds a day: its Monday, or the first of its month."""
    if grain == "week":
        return day - dt.timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day


def next_free_day(day: dt.date, taken: Collection[dt.date]) -> dt.date:
    """Returns a day, or the first after it that no span has."""
    while day in taken:
        day += dt.timedelta(days=1)
    return day
