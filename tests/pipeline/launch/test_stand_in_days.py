"""Days that stand in for a launch's fill every window that a configuration can ask for."""

from __future__ import annotations

import datetime as dt

import pytest

from components.spans.bigquery_partition import table_and_day
from pipeline.config.load import load
from pipeline.launch.launch import resolve_launch
from pipeline.launch.stand_in_days import stand_in_days

TODAY = dt.date(2024, 3, 10)
NOWHERE = {"data.source": "/there/is/no/such/folder"}


@pytest.mark.parametrize(
    ("grain", "fraction"),
    [("day", "0"), ("week", "0"), ("month", "0"), ("day", "0.2"), ("month", "0.2"), ("file", "0.2")],
)
@pytest.mark.parametrize("delay", ["0", "45"])
def test_they_fill_the_window_without_a_source(grain: str, fraction: str, delay: str):
    """In each grain and split, with labels that come late; nothing is old, and nothing is read."""
    settings = {"data.grain": grain, "split.eval_fraction": fraction, "data.label_delay_days": delay}
    config = load("local", NOWHERE | settings)
    days = stand_in_days(config, TODAY)
    launch = resolve_launch(config, until=None, champion=None, available=days, today=TODAY)
    window = launch.window
    assert len(dict.fromkeys(window.spans)) == config.window.days
    newest = config.data.spans.last_day(max(days.days))
    late = newest - config.data.spans.last_day(window.eval_spans[-1].date)
    assert late >= dt.timedelta(days=int(delay))
    assert not launch.calendar


def test_each_differs_from_the_others():
    """As files of different content: steps that tell days apart by their fingerprints do so here."""
    spans = [span() for span in stand_in_days(load("local", NOWHERE), TODAY).days.values()]
    assert len({span.fingerprint for span in spans}) == len(spans)
    assert spans[-1].path == "/there/is/no/such/folder/2024-03-10.csv"


def test_those_of_a_table_have_its_addresses():
    """Nobody asks BigQuery, which a build may not read."""
    table = "bigquery://my-project/sales/flights"
    settings = {"data.format": "bigquery", "data.source": table}
    config = load("local", settings)
    *_, last = stand_in_days(config, TODAY).days.values()
    found, day = table_and_day(last().path)
    assert (found.address, day) == (table, TODAY)
