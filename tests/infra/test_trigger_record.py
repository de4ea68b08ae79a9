"""The trigger function compares a run with the champion on record, not with the release that came last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.functions.trigger import history
from infra.google_apis import Bucket, PipelineJobs
from pipeline.config import load as configs
from pipeline.lineage.events import Event, Registration, State
from pipeline.lineage.events_json import as_json
from tests.infra.local_google import LocalGoogle, add_released
from tests.pipeline.lineage.told_models import move, version

PROJECT, REGION = "a-project", "us-central1"
PARENT = f"projects/{PROJECT}/locations/{REGION}"
WINDOW = '{"train_first": "2012-01-01", "train_last": "2012-02-01"}'


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalGoogle]:
    """Jobs released 1.0.1 and 1.0.2 and deployed them; a third one only uploaded its model."""
    server = LocalGoogle()
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
    monkeypatch.setenv("VERTEX_ENDPOINT", server.url)
    for number in (1, 2):
        add_released(server, PARENT, number, {"model_name": "flights"})
    uploaded = {"model_name": "flights", "pushed_destination": f"{PARENT}/models/flights@3"}
    add_released(server, PARENT, 3, uploaded)
    yield server
    server.close()


def found(google: LocalGoogle, *decided: Event) -> tuple[str | None, str | None]:
    """Champion and newest version, with such a record; with none where nothing was decided."""
    known = [
        Registration(
            f"r{n}",
            version(
                n,
                model_uri=f"gs://bucket/model-{n}",
                version=f"1.0.{n}",
                window=WINDOW,
                pushed_destination="",
            ),
        )
        for n in (1, 2, 3, 4)
    ]
    if decided:
        google.objects["bucket", "registry/flights.json"] = as_json([*known, *decided]).encode()
    api = PipelineJobs(PROJECT, REGION)
    jobs = api.of_pipeline(configs.load("dev").name)
    models = history.recorded(Bucket("bucket"), "flights")
    champion, newest = history.releases(jobs, api, "flights", models)
    return champion and champion.version, newest and newest.version


def test_without_a_record_the_last_that_was_deployed_by_its_job_is_the_champion(google: LocalGoogle):
    google.objects["bucket", "registry/flights.json.old"] = b"another object"
    assert found(google) == ("1.0.2", "1.0.3")


@pytest.mark.parametrize("number", [1, 3, 4])
def test_the_champion_is_the_one_on_record(google: LocalGoogle, number: int):
    """The fourth one's job is not listed any more."""
    assert found(google, move(State.LIVE, f"1.0.{number}")) == (f"1.0.{number}", "1.0.3")


def test_where_the_record_says_that_nothing_serves_there_is_no_champion(google: LocalGoogle):
    withdrawn = (move(State.LIVE, "1.0.1", 1), move(State.WITHDRAWN, "1.0.1", 2))
    assert found(google, *withdrawn) == (None, "1.0.3")


def test_a_reset_that_is_written_on_the_champions_release_is_seen(google: LocalGoogle):
    artifact = google.artifacts[f"{PARENT}/metadataStores/default/artifacts/1"]
    artifact["metadata"]["reset"] = '{"reason": "labels", "by": "Ada", "at": "2026-11-27T00:00:00+00:00"}'
    found(google, move(State.LIVE, "1.0.1"))
    api = PipelineJobs(PROJECT, REGION)
    jobs = api.of_pipeline(configs.load("dev").name)
    champion, _ = history.releases(jobs, api, "flights", history.recorded(Bucket("bucket"), "flights"))
    assert champion.reset.by == "Ada"
