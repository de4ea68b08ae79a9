"""Over a BigQuery table the trigger function resolves the very window that the command line does."""

from __future__ import annotations

import datetime as dt

import pytest

from infra.functions.trigger import days, handler
from infra.functions.trigger.job_template import JobTemplate
from pipeline.config import load as configs
from pipeline.errors import DataError
from pipeline.launch import fingerprint
from pipeline.launch.launch import resolve_launch
from tests.local_bigquery.server import LocalBigQuery
from tests.local_bigquery.tables import LocalTable, now

SOURCE = "bigquery://my-project/sales/flights"
FIRST = dt.date(2013, 1, 1)


@pytest.fixture
def table(bigquery: LocalBigQuery) -> LocalTable:
    """Ten days, written two hours ago; the tenth a moment ago; and rows that belong to no day."""
    loaded = LocalTable({"day": "DATE"})
    bigquery.tables["my-project", "sales", "flights"] = loaded
    for number in range(10):
        day = FIRST + dt.timedelta(days=number)
        written = now() - dt.timedelta(seconds=7200 if number < 9 else 1)
        loaded.write(f"{day:%Y%m%d}", {"day": [day]}, written)
    for partition in ("__NULL__", "__UNPARTITIONED__"):
        loaded.write(partition, {"day": [None]})
    return loaded


def template(**changes: str) -> JobTemplate:
    settings = {
        "data.format": "bigquery",
        "data.source": SOURCE,
        "cloud.data": SOURCE,
        "window.days": "5",
        "window.eval_days": "2",
        "training.validation_days": "1",
        **changes,
    }
    config = configs.load("dev", settings)
    return JobTemplate("v1.2.3", "abc", config, "schema", "gs://schema", {"Trainer": "code"}, {})


@pytest.mark.parametrize(("after_s", "last"), [("0", 10), ("3600", 9)])
@pytest.mark.usefixtures("table")
def test_the_window_is_the_command_lines(
    monkeypatch: pytest.MonkeyPatch, bigquery: LocalBigQuery, after_s: str, last: int
) -> None:
    """Days, addresses and fingerprints, all of them: an equal launch must be known as the same."""
    monkeypatch.setattr(fingerprint, "of_stages", dict)
    current = template(**{"data.ready_after_s": after_s})
    window = handler.resolve(current, days.find(current.config), None).window
    assert window == resolve_launch(current.config, until=None, champion=None).window
    assert window.eval_spans[-1].date == FIRST + dt.timedelta(days=last - 1)
    assert not bigquery.behaviour.sessions


def test_a_gap_is_refused(table: LocalTable) -> None:
    """A missing day ends in a reason for the log, not in a crash that is delivered again."""
    del table.partitions["20130108"]
    with pytest.raises(DataError, match=r"has no data for 1 of its 5 days \(first 2013-01-08\)"):
        handler.resolve(template(), days.find(template().config), None)


def test_a_table_without_a_complete_day_is_refused_in_the_command_lines_words(table: LocalTable) -> None:
    """Partitions by the hour are no days; rows that stream in are none yet."""
    for partition in [name for name in table.partitions if name.isdecimal()]:
        table.partitions[f"{partition}07"] = table.partitions.pop(partition)
    with pytest.raises(DataError) as said_here:
        days.find(template().config)
    with pytest.raises(DataError) as said_there:
        resolve_launch(template().config, until=None, champion=None)
    assert str(said_here.value) == str(said_there.value)
    assert "holds 0 days and 1 rows in the streaming buffer" in str(said_here.value)
