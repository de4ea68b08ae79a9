"""The model that versions are counted on from."""

import datetime as dt

from pipeline.lineage.champion import newest_of
from pipeline.lineage.events import ModelVersion
from pipeline.lineage.models import Models


def version(number: int, day: int) -> ModelVersion:
    registered = dt.datetime(2026, 1, day, tzinfo=dt.timezone.utc)
    facts = {"version": f"1.0.{number}", "recipe": "{}"}
    return ModelVersion(f"1.0.{number}", number, "flights", f"run-{number}", registered, facts)


def test_it_is_the_highest_number_also_where_a_clock_was_turned_back():
    found = newest_of(Models((version(1, day=9), version(2, day=3))), "flights")
    assert found is not None
    assert found.version == "1.0.2"
