"""Days of data that are nowhere: a job can be compiled on a machine that has none, such as a build's."""

from __future__ import annotations

import datetime as dt
import hashlib
from functools import partial

from components.spans import bigquery_partition as partition
from pipeline.config.config import Config
from pipeline.spans.window import AvailableDays, Span


def stand_in_days(config: Config, today: dt.date) -> AvailableDays:
    """Returns as many spans as the window asks for, and labels wait for, up to today's; nothing is read.

    Args:
      config: the whole configuration.
      today: in UTC.
    """
    grain = config.data.spans
    day = grain.back(grain.first_day(today), config.window.days + config.data.label_delay_days)
    days = []
    while day <= today:
        days.append(day)
        day = grain.next(day)
    return AvailableDays({day: partial(_span, config, day) for day in days})


def _span(config: Config, day: dt.date) -> Span:
    data = config.data
    if data.format == "bigquery":
        path = f"{partition.Table.parse(data.source).address}${day:%Y%m%d}"
    else:
        path = f"{data.source}/{day}.{data.format}"
    return Span(day, path, hashlib.sha256(day.isoformat().encode()).hexdigest())
