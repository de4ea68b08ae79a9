"""Which window a release judges next, of the newest ones that its promotion asks for."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Sequence
from typing import Any

from infra.functions.trigger.history import past_runs
from pipeline.config.config import Config
from pipeline.launch.launch import Launch
from pipeline.spans.day_choice import mature_days
from pipeline.spans.window import AvailableDays


def read_once(available: AvailableDays) -> AvailableDays:
    """Returns the days so that each is read once, whatever the number of windows that it is in."""
    return dataclasses.replace(
        available, days={day: functools.cache(read) for day, read in available.days.items()}
    )


def ends(config: Config, available: AvailableDays, count: int) -> list[dt.date]:
    """Returns the last days of the newest windows, oldest first; fewer where there are not so many days.

    Windows follow each other by one day, or one week, month or delivery.
    """
    data = config.data
    usable = mature_days(sorted(available.days), data.label_delay_days, data.spans)
    return usable[-count:]


def next_of(launches: Sequence[Launch], jobs: list[dict[str, Any]], revision: str) -> Launch:
    """Returns the oldest launch that no run of the revision has done; the newest if all are done.

    The oldest first, so that no champion has seen the days that a later run judges by.

    Args:
      launches: oldest window first; one at least.
      jobs: newest first.
      revision: of the release.
    """
    for launch in launches:
        runs = past_runs(jobs, launch, revision)
        if not any(run.repeated and run.state != "failed" for run in runs):
            return launch
    return launches[-1]
