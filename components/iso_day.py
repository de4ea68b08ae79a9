"""Days as texts, written in one way."""

from __future__ import annotations

import datetime as dt


def iso_day(text: str) -> dt.date:
    """Returns a day that is written YYYY-MM-DD, and in no other way.

    Raises:
      ValueError: it is not. From Python 3.11 on `fromisoformat` takes 20130131, too.
    """
    day = dt.date.fromisoformat(text)
    if day.isoformat() != text:
        raise ValueError(f"{text!r} is not YYYY-MM-DD")
    return day
