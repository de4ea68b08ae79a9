"""The days that the function finds where the template's configuration says that data is."""

from __future__ import annotations

import datetime as dt

from components.spans.bigquery_partition import STREAMING, Table, days_of, query
from infra import google_apis
from pipeline.config.config import Config
from pipeline.errors import DataError
from pipeline.spans.bucket import Place, available_days
from pipeline.spans.table import complete_days
from pipeline.spans.window import AvailableDays

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)


def find(config: Config) -> AvailableDays:
    """Lists the days of `cloud.data`, as the command line does; only the way there is the function's own.

    Raises:
      DataError: the configuration has no section `cloud`; there is no complete day.
    """
    data, cloud = config.data, config.cloud
    if cloud is None:
        raise DataError("the template's configuration has no section `cloud`, so it cannot run here")
    if data.format == "bigquery":
        return _days_of_table(config)
    bucket = google_apis.Bucket(Place.of(cloud.data).bucket)
    return available_days(cloud.data, bucket, data.format, data.readiness, data.spans)


def _days_of_table(config: Config) -> AvailableDays:
    table = Table.parse(config.data.source)
    answer = google_apis.query(table.project, query(table))
    rows = [(name, int(count), _time(written)) for name, count, written, _ in answer]
    streaming = sum(count for name, count, _ in rows if name == STREAMING)
    now = _time(answer[0][3]) if answer else None
    return complete_days(table, days_of(table, rows), streaming, now, config.data.readiness)


def _time(microseconds: str) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=int(microseconds))
