"""A job over a BigQuery table names the days of the table, here and in the cloud; the bucket needs none."""

import datetime as dt
import json
from pathlib import Path

import pytest

from pipeline.config import load as configs
from pipeline.runners.vertex import preview, submission
from tests.local_bigquery.server import LocalBigQuery
from tests.local_bigquery.tables import LocalTable
from tests.pipeline.runners.vertex.cloud_server import Cloud

SOURCE = "bigquery://my-project/sales/flights"
FIRST = dt.date(2013, 1, 1)
SETTINGS = {"data.format": "bigquery", "data.source": SOURCE, "cloud.data": SOURCE}
SMALL = {"window.days": "6", "window.eval_days": "2", "training.validation_days": "1"}


@pytest.fixture(autouse=True)
def table(bigquery: LocalBigQuery) -> None:
    """Ten days, of which the last six are the window."""
    loaded = LocalTable({"day": "DATE"})
    bigquery.tables["my-project", "sales", "flights"] = loaded
    for number in range(10):
        day = FIRST + dt.timedelta(days=number)
        loaded.write(f"{day:%Y%m%d}", {"day": [day]})


def addresses(job) -> list[str]:
    inputs = job["pipelineSpec"]["root"]["dag"]["tasks"]["ExampleGen"]["inputs"]["parameters"]
    spans = [json.loads(inputs[name]["runtimeValue"]["constant"]) for name in ("train_spans", "eval_spans")]
    return [span["path"] for part in spans for span in part]


def test_the_job_is_the_same_compiled_here_and_resolved_in_the_cloud(cloud: Cloud, tmp_path: Path):
    settings = {**SETTINGS, **SMALL, "root": str(tmp_path / "root"), "cloud.api_endpoint": cloud.url}
    config = configs.load("prod", settings)
    cloud.files.clear()
    prepared = submission.prepare(config, None, None, 0)
    window = [f"{SOURCE}$201301{day:02d}" for day in range(5, 11)]
    last = FIRST + dt.timedelta(days=9)
    assert addresses(prepared.job) == addresses(preview.compiled(config, last, None)) == window
    assert [result.check for result in prepared.results if not result.passed] == []
