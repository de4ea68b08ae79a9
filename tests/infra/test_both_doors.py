"""Trigger function and command line make the same launch of the same bucket, whatever its files are."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from components.release.version_rule import Recipe, Registered
from infra.functions.trigger import days, handler, history
from infra.functions.trigger.job_template import JobTemplate
from monitoring.retraining.rule import Policy, Request, Situation, decide
from pipeline.config import columns, schema
from pipeline.config import load as configs
from pipeline.config.split_rule import hash_split
from pipeline.errors import DataError
from pipeline.launch import fingerprint, job_shapes
from pipeline.launch.champion import Champion
from pipeline.launch.graph_inputs import graph_inputs
from pipeline.launch.launch import Launch, job_id
from pipeline.launch.record import as_parameters
from pipeline.lineage.runs import SUCCEEDED, Artifact, Run, Stage
from pipeline.runners.vertex import submission
from pipeline.runners.vertex.bucket import Buckets
from tests.pipeline.runners.vertex.cloud_server import Cloud, serve

UPLOADS = "my-evergreen-dev-evergreen-uploads"
FOLDER = f"{UPLOADS}/data/flights"
FIRST = dt.date(2013, 1, 1)
NOW = dt.datetime.now(dt.timezone.utc)
MARKED = {"data.ready_marker": ".done"}
AGED = {"data.ready_after_s": "3600"}


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """An empty bucket, and no code that counts: what a stage's code is, tests of the launch show."""
    monkeypatch.setattr(fingerprint, "of_stages", dict)
    with serve() as served:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", served.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield served


def configuration(**changes: str) -> configs.Config:
    small = {"window.days": "5", "window.eval_days": "2", "training.validation_days": "1"}
    return configs.load("dev", {**small, **changes})


def template(config: configs.Config) -> JobTemplate:
    text = schema.read().decode()
    split = hash_split(config.split, columns.read())
    return JobTemplate("v1.2.3", "abc", config, text, "gs://schema", {}, {}, split.as_json() if split else "")


def by_function(
    config: configs.Config, champion: Champion | None = None, newest: Registered | None = None
) -> Launch:
    return handler.resolve(template(config), days.find(config), champion, newest)


def by_command(config: configs.Config, runs: Sequence[Run] = ()) -> Launch:
    """As `evergreen submit` does."""
    assert config.cloud is not None
    return submission._resolve(config, Buckets(config.cloud), list(runs), None, None)


def put(cloud: Cloud, written: Mapping[str, float | None]) -> None:
    """Writes files of their own content into the folder of days: name to age in seconds, None for old."""
    for name, age_s in written.items():
        cloud.files[f"{FOLDER}/{name}"] = f"content of {name}\n".encode()
        if age_s is not None:
            cloud.updated[f"{FOLDER}/{name}"] = NOW - dt.timedelta(seconds=age_s)


def day(number: int) -> dt.date:
    """The n-th of January 2013."""
    return FIRST + dt.timedelta(days=number - 1)


def files(suffix: str, *numbers: int, age_s: float | None = None) -> dict[str, float | None]:
    """Files of days by number, for `put`."""
    return {f"{day(number)}{suffix}": age_s for number in numbers}


EIGHT = range(1, 9)
NINE = range(1, 10)
DELIVERED = {"data.grain": "file", "split.eval_fraction": "0.2"}
OLD = files(".csv", *EIGHT, age_s=7200)


@pytest.mark.parametrize(
    ("settings", "written", "last"),
    [
        ({}, files(".csv", *EIGHT), 8),
        ({}, files(".csv", *range(1, 6)) | files(".csv.gz", 6, 7), 7),
        ({}, files(".csv", *EIGHT) | files(".parquet", 9), 8),
        ({}, files(".csv", *EIGHT) | {"old/2013-01-09.csv": None, "x2013-01-09.csv": None}, 8),
        ({"data.format": "parquet"}, files(".parquet", *EIGHT), 8),
        ({"data.format": "parquet"}, files(".parquet", *EIGHT) | files(".csv", 9), 8),
        ({"data.format": "tfrecord"}, files(".tfrecord", *EIGHT), 8),
        ({"data.format": "tfrecord"}, files(".tfrecord.gz", *EIGHT), 8),
        (MARKED, files(".csv", *NINE) | files(".csv.done", *EIGHT), 8),
        (MARKED, files(".csv", *NINE) | files(".csv.done", *NINE), 9),
        (AGED, OLD | files(".csv", 9, age_s=60), 8),
        (AGED, OLD | files(".csv", 9, age_s=3601), 9),
        (AGED, OLD | files(".csv", 9, age_s=-60), 8),
        ({}, files(".csv", *NINE, age_s=0), 9),
        (MARKED | AGED, OLD | files(".csv", 9, age_s=60) | files(".csv.done", *NINE), 8),
        (MARKED | AGED, OLD | files(".csv.done", *range(1, 8), age_s=0), 7),
        ({"split.eval_fraction": "0.2"}, files(".csv", *EIGHT), 8),
        (
            {"split.eval_fraction": "0.2", "data.format": "tfrecord", **MARKED},
            files(".tfrecord.gz", *EIGHT) | files(".tfrecord.gz.done", *range(1, 8)),
            7,
        ),
        (DELIVERED, files(".csv", 1, 2, 4, 6, 8, 20), 20),
        ({"data.grain": "week"}, files(".csv", 7, 14, 21, 28, 35), 35),
        ({"data.grain": "month"}, files(".csv", 1, 32, 60, 91, 121), 121),
        ({"window.allow_gaps": "true"}, files(".csv", 1, 2, 4, 6, 8, 9), 9),
        ({"data.label_delay_days": "2"}, files(".csv", *EIGHT), 6),
        ({"cloud.data": f"gs://{FOLDER}/eu"}, {f"eu/{day(n)}.csv": None for n in EIGHT}, 8),
    ],
)
def test_both_doors_make_the_same_launch(
    cloud: Cloud, settings: dict[str, str], written: dict[str, float | None], last: int
) -> None:
    """Days, paths, fingerprints, and so the identity by which an equal launch is known."""
    put(cloud, written)
    config = configuration(**settings)
    here, there = by_function(config), by_command(config)
    assert here.window == there.window
    assert here.identity == there.identity
    assert job_id(here) == job_id(there)
    assert here.window.eval_spans[-1].date == day(last)
    assert len({span.fingerprint for span in here.window.spans}) == 5
    train_days = 5 if "split.eval_fraction" in settings else 3
    assert len(here.window.train_spans) == train_days


SEEN_CHAMPION = job_shapes.Shape(
    fits=lambda launch: bool(launch.incomparable),
    imports={"Champion": lambda champion: champion.model_uri, "Base": lambda champion: champion.served_from},
)


@pytest.mark.parametrize(
    ("trained_until", "name", "imported"),
    [
        (None, "alone", {}),
        (3, "beside_champion", {"Champion": "gs://m/7"}),
        (7, "seen_champion", {"Champion": "gs://m/7", "Base": "endpoint/7"}),
    ],
)
def test_both_doors_give_a_launch_the_same_shape(
    cloud: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    trained_until: int | None,
    name: str,
    imported: dict[str, str],
) -> None:
    """From one release record: the shape that chooses the job, and every text that fills it.

    Also where a shape was added that neither door has heard of.
    """
    monkeypatch.setattr(job_shapes, "SHAPES", {"seen_champion": SEEN_CHAMPION, **job_shapes.SHAPES})
    put(cloud, files(".csv", *EIGHT))
    config = configuration()
    runs, jobs, api = recorded_release(trained_until) if trained_until else ([], [], _Api({}))
    here = by_function(config, *history.releases(jobs, api, config.model.name, None))  # type: ignore[arg-type]
    there = by_command(config, runs)
    assert job_shapes.shape(here) == job_shapes.shape(there) == name
    assert job_shapes.imports(here) == job_shapes.imports(there) == imported
    assert graph_inputs(here) == graph_inputs(there)
    assert bool(graph_inputs(here)["newest"]) == bool(runs)
    assert job_id(here) == job_id(there)


class _Api:
    """Jobs and artifacts by resource name, as PipelineJobs gets them."""

    def __init__(self, resources: Mapping[str, Any]):
        self._resources = resources

    def get(self, resource_name: str) -> Any:
        """Returns one."""
        return self._resources[resource_name]


def recorded_release(trained_until: int) -> tuple[list[Run], list[dict[str, Any]], _Api]:
    """A run that released version 1.0.7: as lineage has it, and as Vertex AI answers the function."""
    properties = {
        "gate": "release",
        "blessed": 1,
        "version": "1.0.7",
        "recipe": Recipe(label="late", code="abc").as_json(),
        "model_uri": "gs://m/7",
        "pushed_destination": "endpoint/7",
        "window": json.dumps({"train_first": "2012-12-01", "train_last": str(day(trained_until))}),
    }
    artifact = Artifact(1, "PushedModel", "gs://r/7", NOW, properties)
    stage = Stage(1, "Release", "complete", 1.0, {}, {"release": (artifact,)})
    run = Run("run-7", SUCCEEDED, "", NOW, {}, (stage,))
    job = {"name": "run-7", "state": "PIPELINE_STATE_SUCCEEDED"}
    task = {"taskName": "Release", "outputs": {"release": {"artifacts": [{"name": "a"}]}}}
    details = {"jobDetail": {"taskDetails": [task]}}
    return [run], [job], _Api({"run-7": {**job, **details}, "a": {"metadata": properties}})


@pytest.mark.parametrize(
    ("settings", "written", "said"),
    [
        ({}, {}, f"gs://{FOLDER} holds no span; expected files named like 2013-01-31.csv"),
        (
            {"data.format": "parquet"},
            files(".csv", *EIGHT),
            f"gs://{FOLDER} holds no span that can be used; left out: 2013-01-01.csv … 2013-01-08.csv, 8 in "
            "all (the last: data.format is parquet, which expects 2013-01-08.parquet)",
        ),
        (
            MARKED,
            files(".csv", *EIGHT),
            f"gs://{FOLDER} holds no span that can be used; left out: 2013-01-01.csv … 2013-01-08.csv, 8 in "
            "all (the last: still being written; wait, or change data.ready_marker or data.ready_after_s)",
        ),
        (
            {},
            files(".csv", *EIGHT) | files(".csv.gz", 3),
            f"gs://{FOLDER}/2013-01-03.csv and 2013-01-03.csv.gz are the same day; remove one",
        ),
        (
            {},
            files(".csv", *EIGHT) | {"2013-02-30.csv": None},
            f"gs://{FOLDER}/2013-02-30.csv: '2013-02-30' is no day of the calendar; "
            "rename or remove the file",
        ),
        (
            MARKED,
            files(".csv", *EIGHT) | files(".csv.done", 1, 2, 3, 4, 5, 7, 8),
            "the window 2013-01-04 … 2013-01-08 has no data for 1 of its 5 days "
            "(first 2013-01-06); there is data from 2013-01-01 to 2013-01-08; left out: 2013-01-06.csv "
            "(still being written; wait, or change data.ready_marker or data.ready_after_s): "
            "give --until 2013-01-05, or set window.allow_gaps=true, or add the days that are missing",
        ),
        (
            {"data.label_delay_days": "4"},
            files(".csv", *EIGHT),
            "the window 2012-12-31 … 2013-01-04 has no data for 1 of its 5 days (first 2012-12-31); there is "
            "data from 2013-01-01 to 2013-01-04; 2013-01-05 … 2013-01-08 (4 days): without all labels yet, "
            "as data.label_delay_days is 4, so the newest day that can be used is 2013-01-04: "
            "set window.days=4, or add the days that are missing",
        ),
    ],
)
def test_both_doors_refuse_in_the_same_words(
    cloud: Cloud, settings: dict[str, str], written: dict[str, float | None], said: str
) -> None:
    """The function answers a DataError with its text in the log; it starts no run."""
    put(cloud, written)
    config = configuration(**settings)
    for door in (by_function, by_command):
        with pytest.raises(DataError) as fault:
            door(config)
        assert str(fault.value) == said


def test_days_may_lie_at_the_top_of_a_bucket(cloud: Cloud) -> None:
    """And those in folders below are others."""
    for number in NINE:
        cloud.files[f"{UPLOADS}/{'' if number < 9 else 'old/'}{day(number)}.csv"] = str(number).encode()
    config = configuration(**{"cloud.data": f"gs://{UPLOADS}"})
    here = by_function(config).window
    assert here == by_command(config).window
    assert here.spans[-1].path == f"/gcs/{UPLOADS}/2013-01-08.csv"


def test_a_change_of_content_is_another_launch_at_both_doors(cloud: Cloud) -> None:
    """Another one, and again the same one."""
    config = configuration()
    put(cloud, files(".csv", *EIGHT))
    before = by_function(config).identity
    cloud.files[f"{FOLDER}/2013-01-06.csv"] = b"corrected"
    after = by_function(config).identity
    assert after != before
    assert after == by_command(config).identity


def _written_during_the_listing(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest day is written again once it is listed and before it is read."""
    from pipeline.spans import bucket

    of_the_project = bucket.complete_days

    def late(*arguments: Any) -> Any:
        cloud.files[f"{FOLDER}/2013-01-08.csv"] = b"half"
        return of_the_project(*arguments)

    monkeypatch.setattr(bucket, "complete_days", late)


def test_a_day_written_since_it_was_listed_is_not_read(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was complete when it was looked at may not be now: the event is delivered again, a person told."""
    import requests

    config = configuration()
    for door, fault, said in (
        (by_function, requests.HTTPError, "412"),
        (by_command, DataError, "2013-01-08.csv was changed while days were looked for; start again"),
    ):
        put(cloud, files(".csv", *EIGHT))
        with monkeypatch.context() as patched:
            _written_during_the_listing(cloud, patched)
            with pytest.raises(fault, match=said):
                door(config)


def _job(launch: Launch, state: str = "PIPELINE_STATE_SUCCEEDED") -> dict[str, Any]:
    """A job of a launch as Vertex AI lists it."""
    record = as_parameters(launch.record(source="abc"))
    return {
        "name": f"projects/p/locations/l/pipelineJobs/{job_id(launch)}",
        "state": state,
        "createTime": "2013-02-01T00:00:00.123456789Z",
        "runtimeConfig": {"parameterValues": record},
    }


@pytest.mark.parametrize("settings", [{}, {"split.eval_fraction": "0.2"}])
def test_what_the_command_line_ran_is_recognised_by_the_function(
    cloud: Cloud, settings: dict[str, str]
) -> None:
    """And named; with one more day it is another launch."""
    config = configuration(**settings)
    put(cloud, files(".csv", *EIGHT))
    ran = by_command(config)
    request = Request("event", "manual", NOW)
    policy = Policy(cool_down_h=1, max_event_age_h=6, max_runs=5, budget_days=7)

    def answered() -> tuple[bool, str]:
        past = history.past_runs([_job(ran)], by_function(config))
        decision = decide(Situation(request, past, NOW), policy)
        return decision.start, decision.reason

    said = f"run {job_id(ran)} has done this window with this code and configuration"
    assert answered() == (False, said)
    put(cloud, files(".csv", 9))
    assert answered()[0]


def test_days_that_are_not_used_are_named_by_both_doors(cloud: Cloud) -> None:
    """Whoever wonders why the newest day started nothing reads it in the function's log."""
    config = configuration(**MARKED, **{"data.label_delay_days": "1"})
    put(cloud, files(".csv", *range(1, 11)) | files(".csv.done", *range(2, 9)) | files(".CSV", 11))
    notes = by_function(config).window.notes
    assert notes == by_command(config).window.notes
    out, waiting = notes
    assert re.findall(r"2013-01-\d\d\.\w+ \(", out) == [
        "2013-01-09.csv (",
        "2013-01-10.csv (",
        "2013-01-11.CSV (",
    ]
    assert waiting == "1 newer day waits for its labels: 2013-01-08; data.label_delay_days is 1"


def test_a_day_without_all_labels_is_no_reason_to_run_again(cloud: Cloud) -> None:
    """The window is the same until the day is old enough, so the function knows the run that did it."""
    config = configuration(**{"data.label_delay_days": "2"})
    put(cloud, files(".csv", *EIGHT))
    before = by_function(config)
    put(cloud, {f"{day(9)}.CSV": None})
    assert by_function(config).identity == before.identity
    put(cloud, files(".csv", 9))
    assert by_function(config).window.eval_spans[-1].date == day(7) > before.window.eval_spans[-1].date
