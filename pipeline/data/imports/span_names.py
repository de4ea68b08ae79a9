"""Which day a delivery is named by. Pure Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection


def next_free_day(day: dt.date, taken: Collection[dt.date]) -> dt.date:
    """Returns a day, or the first after it that no span has."""
    while day in taken:
        day += dt.timedelta(days=1)
    return day
