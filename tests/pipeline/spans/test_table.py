"""Days of a BigQuery table are spans, if they are complete; they are distinguished by metadata alone."""

import datetime as dt

import pytest

from pipeline.errors import STOPPED, USAGE, UserError
from pipeline.spans.day_choice import WindowRequest
from pipeline.spans.table import available_days
from pipeline.spans.window import Readiness, Window, resolve_window
from tests.local_bigquery.server import LocalBigQuery
from tests.local_bigquery.tables import LocalTable, now
from tests.pipeline.spans.january import day

SOURCE = "bigquery://my-project/sales/flights"


@pytest.fixture
def table(bigquery: LocalBigQuery) -> LocalTable:
    """Ten days, written two hours ago."""
    loaded = LocalTable({"day": "DATE"})
    for number in range(1, 11):
        write(loaded, number, age_s=7200)
    bigquery.tables["my-project", "sales", "flights"] = loaded
    return loaded


def write(table: LocalTable, number: int, rows: int = 1, age_s: float = 0) -> None:
    at = now() - dt.timedelta(seconds=age_s)
    table.write(f"{day(number):%Y%m%d}", {"day": [day(number)] * rows}, at)


def resolve(**changes) -> Window:
    settings = {"until": None, "days": 5, "eval_days": 2, "allow_gaps": False, **changes}
    available = available_days(SOURCE, settings.pop("ready", Readiness()))
    return resolve_window(available, WindowRequest(**settings))


def refusal(exit_code: int = STOPPED, **changes) -> str:
    with pytest.raises(UserError) as caught:
        resolve(**changes)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == exit_code
    return str(caught.value)


@pytest.mark.usefixtures("table")
def test_a_window_is_the_last_days_of_the_table():
    window = resolve()
    assert [span.date for span in window.train_spans] == [day(6), day(7), day(8)]
    assert [span.date for span in window.eval_spans] == [day(9), day(10)]
    assert window.spans[0].path == f"{SOURCE}$20130106"


@pytest.mark.usefixtures("table")
def test_listing_the_days_reads_no_row(bigquery: LocalBigQuery):
    resolve()
    assert not bigquery.behaviour.sessions


def test_a_day_that_is_missing_in_the_window_is_refused(table: LocalTable):
    del table.partitions["20130108"]
    assert refusal().startswith(
        "the window 2013-01-06 … 2013-01-10 has no data for 1 of its 5 days (first 2013-01-08)"
    )
    assert [span.date for span in resolve(allow_gaps=True).spans] == [*map(day, (5, 6, 7, 9, 10))]


@pytest.mark.parametrize("rows", [1, 2], ids=["as many rows", "more rows"])
def test_a_late_correction_changes_its_span_and_no_other(table: LocalTable, rows: int):
    before = resolve()
    write(table, 7, rows)
    after = resolve()
    changed = [a.date for a, b in zip(after.spans, before.spans, strict=True) if a != b]
    assert changed == [day(7)]
    assert after.fingerprint != before.fingerprint


def test_a_deletion_that_left_the_time_of_the_last_write_changes_its_span(table: LocalTable):
    """As Google's page on INFORMATION_SCHEMA.PARTITIONS warns of last_modified_time."""
    write(table, 7, rows=5)
    before = resolve()
    ((written, rows),) = table.partitions["20130107"][-1:]
    table.write("20130107", rows.slice(1).to_pydict(), written)
    assert [a.date for a, b in zip(resolve().spans, before.spans, strict=True) if a != b] == [day(7)]


@pytest.mark.usefixtures("table")
def test_an_unchanged_table_is_the_same_window():
    assert resolve() == resolve()


@pytest.mark.parametrize(("after_s", "last"), [(0.0, 11), (3600.0, 10)])
def test_a_day_that_was_written_a_moment_ago_is_not_there_yet(table: LocalTable, after_s: float, last: int):
    write(table, 11, age_s=600)
    assert resolve(ready=Readiness(after_s=after_s)).spans[-1].date == day(last)


def test_rows_without_a_day_and_rows_in_the_streaming_buffer_are_no_span(table: LocalTable):
    before = resolve()
    for partition in ("__NULL__", "__UNPARTITIONED__"):
        table.write(partition, {"day": [None, None]})
    assert resolve() == before
    assert before.notes == ()
    assert resolve().notes == ("left out: 2 rows in the streaming buffer (no day yet; wait)",)


def test_a_newer_day_that_was_written_a_moment_ago_is_named(table: LocalTable):
    write(table, 11, age_s=600)
    assert resolve(ready=Readiness(after_s=3600.0)).notes == (
        "left out: partition 20130111 (still being written; wait, or change data.ready_after_s)",
    )


def test_a_table_that_is_still_being_written_says_so(table: LocalTable):
    assert refusal(ready=Readiness(after_s=1e6)) == (
        "my-project.sales.flights holds 10 days and 0 rows in the streaming buffer, all still being written; "
        "wait, or change data.ready_after_s"
    )
    table.partitions.clear()
    table.write("__UNPARTITIONED__", {"day": [day(1)] * 3})
    assert refusal().startswith("my-project.sales.flights holds 0 days and 3 rows in the streaming buffer")


def test_an_empty_table_is_refused(table: LocalTable):
    table.partitions.clear()
    assert refusal() == "my-project.sales.flights holds no day; load rows into it"


@pytest.mark.usefixtures("bigquery")
def test_a_table_that_is_not_there_ends_the_launch_in_one_line():
    assert refusal(USAGE).startswith("my-project.sales.flights: BigQuery does not find it (")
