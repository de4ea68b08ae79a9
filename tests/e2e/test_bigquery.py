"""From a BigQuery table to a released model by the installed command; Google's part is played here."""

import datetime as dt
import os
from pathlib import Path

import pytest
from pyarrow import csv

from pipeline.config import columns
from tests.components.test_forking import check_fork, watch
from tests.e2e.conftest import KILL_AT, Project, states
from tests.local_bigquery.server import LocalBigQuery
from tests.local_bigquery.tables import LocalTable

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
SOURCE = "bigquery://my-project/sales/flights"
FIRST, DAYS = dt.date(2013, 1, 1), 10
# Ten days cannot make a good model; what is shown here is the way to it.
SETTINGS = {
    "data.format": "bigquery",
    "window.days": str(DAYS),
    "window.eval_days": "2",
    "data_gate.min_train_rows": "1000",
    "data_gate.min_eval_rows": "100",
    "training.validation_days": "2",
    "training.max_epochs": "2",
    "model_gate.thresholds": "[{metric: AUC, scope: overall, at_least: 0.0}]",
}
_KINDS = {"string": "STRING", "int64": "INTEGER", "float32": "FLOAT"}


@pytest.fixture
def table(bigquery: LocalBigQuery, flights: Path) -> LocalTable:
    """Ten days of real flights, as a table partitioned by their date."""
    kinds = {column.name: _KINDS[column.dtype] for column in columns.read().columns} | {"flight_date": "DATE"}
    loaded = LocalTable(kinds, by=("DAY", "flight_date"))
    bigquery.tables["my-project", "sales", "flights"] = loaded
    bigquery.behaviour.message_rows = 400
    options = csv.ConvertOptions(
        column_types=dict(zip(kinds, loaded.arrow.types, strict=True)),
        null_values=[""],
        strings_can_be_null=True,
    )
    for number in range(DAYS):
        day = FIRST + dt.timedelta(days=number)
        rows = csv.read_csv(flights / f"{day}.csv", convert_options=options)
        loaded.write(f"{day:%Y%m%d}", rows.to_pydict())
    return loaded


@pytest.mark.usefixtures("table")
def test_a_run_on_a_table_forks_its_workers_from_a_process_of_one_thread(tmp_path: Path):
    """Finding the days of a table imports pyarrow earlier than a folder does."""
    project = Project(tmp_path, Path("unused"), SETTINGS | {"data.source": SOURCE})
    program, *arguments = project.command("run", "--set", f"root={tmp_path / 'workspace'}")
    check_fork(watch(tmp_path / "report", program, *arguments))


def test_a_table_leads_to_a_release_and_only_a_corrected_day_is_read_again(
    tmp_path: Path, bigquery: LocalBigQuery, table: LocalTable
):
    project = Project(tmp_path, Path("unused"), SETTINGS | {"data.source": SOURCE})
    first = project.call("run", env=os.environ)
    assert first.returncode == 0, f"{first.stdout}\n{first.stderr}\n{project.log_tail()}"
    assert project.runs()[-1].released == "1.0.1"
    assert len(bigquery.behaviour.sessions) == DAYS

    again = project.call("run", env=os.environ)
    assert again.returncode == 0
    assert (len(project.runs()), len(bigquery.behaviour.sessions)) == (1, DAYS)

    ((_, rows),) = table.partitions["20130103"]
    table.write("20130103", rows.slice(1).to_pydict())
    project.call("run", program=(*KILL_AT, "Transform"), env=os.environ)
    assert states(project.runs()[-1])["ExampleGen"] == "complete"
    assert len(bigquery.behaviour.sessions) == DAYS + 1
    asked = bigquery.behaviour.sessions[-1].read_session.read_options.row_restriction
    assert asked == "flight_date = DATE '2013-01-03'"


@pytest.mark.usefixtures("bigquery")
def test_a_table_that_is_not_there_ends_the_command_with_one_line(tmp_path: Path):
    project = Project(tmp_path, Path("unused"), SETTINGS | {"data.source": SOURCE})
    done = project.call("run", env=os.environ)
    assert done.returncode == 2
    said = [line for line in (done.stdout + done.stderr).splitlines() if line]
    assert len(said) == 1, said
    assert "my-project.sales.flights: BigQuery does not find it (" in said[0]
