"""How much data a span holds: which days, what the next span is, and what people call them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from typing import Literal, get_args

GrainName = Literal["day", "week", "month", "file"]


@dataclasses.dataclass(frozen=True)
class Grain:
    """What a source comes in.

    Attributes:
      name: day, week, month: each span holds the days of one. file: a delivery, made on any day.
      many: what several spans are called.
      most_days: that a span can hold; None where nothing says how many.
      begins: with what day a span begins, for people.
    """

    name: GrainName
    many: str
    most_days: int | None
    begins: str

    @property
    def has_calendar(self) -> bool:
        """Whether the calendar says which spans there are, so that a missing one is a gap."""
        return self.name != "file"

    @property
    def covers_days(self) -> bool:
        """Whether a span holds more days than the one that it is named by."""
        return self.name in ("week", "month")

    def first_day(self, day: dt.date) -> dt.date:
        """Returns the day that the span of a day begins with, and is named by."""
        if self.name == "week":
            return dt.date.fromordinal(max(day.toordinal() - day.weekday(), 1))
        return day.replace(day=1) if self.name == "month" else day

    def last_day(self, first: dt.date) -> dt.date:
        """Returns the last day of the span that begins with `first`."""
        length = 7 if self.name == "week" else _days_of_month(first) if self.name == "month" else 1
        return dt.date.fromordinal(min(first.toordinal() + length - 1, dt.date.max.toordinal()))

    def next(self, first: dt.date) -> dt.date:
        """Returns the day that the next span begins with, after the one that begins with `first`."""
        return self.last_day(first) + dt.timedelta(days=1)

    def back(self, first: dt.date, spans: int) -> dt.date:
        """Returns where the span begins that is so many before another; the first day of all at the least."""
        if self.name == "month":
            month = max(first.year * 12 + first.month - 1 - spans, 12)
            return dt.date(month // 12, month % 12 + 1, 1)
        days = spans * 7 if self.name == "week" else spans
        return dt.date.fromordinal(max(first.toordinal() - days, 1))

    def spans_for(self, days: int) -> int:
        """Returns how many spans can hold rows of so many days, at least."""
        return 1 if self.most_days is None else max(-(-days // self.most_days), 1)

    def count(self, spans: int) -> str:
        """Returns a number of spans in words."""
        return f"{spans} {self.one if spans == 1 else self.many}"

    @property
    def one(self) -> str:
        """What one span is called."""
        return "delivery" if self.name == "file" else self.name


def _days_of_month(first: dt.date) -> int:
    return next(n for n in itertools.count(28) if n == 31 or (first + dt.timedelta(days=n)).day == 1)


DAY = Grain("day", "days", 1, "")
GRAINS: dict[str, Grain] = {
    "day": DAY,
    "week": Grain("week", "weeks", 7, "its Monday"),
    "month": Grain("month", "months", 31, "its first day"),
    "file": Grain("file", "deliveries", None, ""),
}
assert tuple(GRAINS) == get_args(GrainName)
