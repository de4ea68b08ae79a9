"""What is wrong with a window on the day of its launch: spans from the future, or none that is new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from components.gates.data_checks import FUTURE, STALE
from pipeline.spans.left_out import name_days
from pipeline.spans.window import Window

_AHEAD = dt.timedelta(days=1)  # somewhere on earth it is tomorrow


def findings(window: Window, today: dt.date, max_age_days: int | None) -> Mapping[str, str]:
    """Returns the checks that fail, each with its sentence.

    Args:
      window: of the launch.
      today: in UTC.
      max_age_days: oldest that the newest day may be; None for any age.
    """
    found = {}
    dates = [span.date for span in dict.fromkeys(window.spans)]
    future = [date for date in dates if date > today + _AHEAD]
    if future:
        found[FUTURE] = (
            f"{name_days(future)}: days that have not been yet, as today is {today}; is the date in the "
            "file's name right?"
        )
    newest = window.grain.last_day(dates[-1])
    age = (today - newest).days
    if max_age_days is not None and age > max_age_days:
        found[STALE] = (
            f"the newest day is {newest}, {age} days old, and {max_age_days} are allowed; has the delivery "
            "of data stopped? (data_gate.max_age_days)"
        )
    return found
