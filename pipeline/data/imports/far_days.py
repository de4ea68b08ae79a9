"""Which days of an import are so far off that a year is likely to be mistyped. Pure Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

_FAR = dt.timedelta(days=366)
_DAY = dt.timedelta(days=1)  # clocks elsewhere may be a day ahead


def warnings(days: Mapping[dt.date, int], newest: dt.date | None, today: dt.date) -> tuple[str, ...]:
    """Returns a sentence on days that have not come yet, and one on those long after all that were there.

    Args:
      days: of the new rows, to the number of rows.
      newest: the newest span that was there before; None if there was none.
      today: the day of the import.
    """
    future = [day for day in days if day > today + _DAY]
    far = [day for day in days if newest and day > newest + _FAR and day not in future]
    return (
        *_sentence(future, days, f"after today, {today}"),
        *_sentence(far, days, f"more than a year after {newest}, the newest span"),
    )


def _sentence(found: list[dt.date], days: Mapping[dt.date, int], where: str) -> list[str]:
    if not found:
        return []
    rows, last = sum(days[day] for day in found), max(found)
    more = f", as of {last}," if len(found) > 1 else f" of {last}"
    is_are = "is" if rows == 1 else "are"
    return [
        f"warning: {rows:,} row{'s' * (rows != 1)}{more} {is_are} {where}; if a year is mistyped, mend the "
        "file, remove the spans of those days, and import it again"
    ]
