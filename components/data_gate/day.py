"""One span of a window, as the gate on data sees it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping

from components.data_gate.day_profile import DayProfile


@dataclasses.dataclass(frozen=True)
class Day:
    """One span of the window.

    Attributes:
      first, last: the days that it may hold rows of.
      evaluates: whether all of its rows are for evaluation.
      read: rows that the source has.
      refused: reason to rows left out.
      profile: of the rows kept.
    """

    first: dt.date
    last: dt.date
    evaluates: bool
    read: int
    refused: Mapping[str, int]
    profile: DayProfile
