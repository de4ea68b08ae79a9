"""submit, jobs, schedule, runs and lineage against a server that parses with the API's own message types."""

import datetime as dt
import json

import pytest
from click.testing import Result
from google.cloud import aiplatform_v1 as api
from google.cloud import scheduler_v1

from pipeline.config import load as configs
from pipeline.errors import USAGE, UserError
from pipeline.lineage.champion import champion_of
from pipeline.lineage.models import from_runs
from pipeline.runners.vertex.bucket import Buckets
from pipeline.runners.vertex.lineage import VertexStore
from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError
from tests.pipeline.runners.vertex.conftest import BUCKET, PARENT, UPLOADS


def _fault(result: Result) -> str:
    assert isinstance(result.exception, UserError), (result.exception, result.output, result.stderr)
    return str(result.exception)


def test_a_launch_becomes_one_job_with_its_record(cloud: Cloud, call):
    result = call("submit", "--json")
    assert result.exception is None, result.exception
    (job,) = cloud.jobs.values()
    sent = json.loads(result.stdout)
    assert job.name == f"{PARENT}/pipelineJobs/{sent['job']}"
    assert sent["repeated"] is False
    values = dict(job.runtime_config.parameter_values)
    assert json.loads(values["launch_window"])["eval_last"] == "2013-01-10"
    assert job.service_account == "evergreen-pipeline@my-evergreen-prod.iam.gserviceaccount.com"
    assert job.encryption_spec.kms_key_name.endswith("cryptoKeys/pipeline")
    assert [name for name in cloud.files if name.startswith(f"{BUCKET}/schemas/")]


def test_a_repeated_delivery_changes_nothing(cloud: Cloud, call):
    first, second = json.loads(call("submit", "--json").stdout), json.loads(call("submit", "--json").stdout)
    assert len(cloud.jobs) == 1
    assert (second["job"], second["repeated"]) == (first["job"], True)


@pytest.mark.parametrize("blessed", [0, 1])
def test_a_launch_that_a_run_has_done_is_not_sent_again(cloud: Cloud, call, blessed: int):
    """Also when that run's model has become the champion, which the launch is now judged against."""
    first = json.loads(call("submit", "--json").stdout)
    _finish(cloud, blessed=blessed)
    cloud.files[f"{BUCKET}/artifacts/1/release.json"] = b"{}"
    again = json.loads(call("submit", "--json").stdout)
    assert (again["job"], again["repeated"]) == (first["job"], True)
    assert again["state"] == "PIPELINE_STATE_SUCCEEDED"
    assert json.loads(call("submit", "--json", "--attempt", "2").stdout)["repeated"] is False


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_a_job_for_an_endpoint_that_is_not_there_is_not_sent(cloud: Cloud, call, arguments: tuple[str, ...]):
    result = call("submit", "--set", "cloud.endpoint.name=flightz", *arguments)
    assert "no endpoint is named 'flightz'" in _fault(result)
    assert result.exception.exit_code == USAGE
    assert cloud.jobs == {}


def test_who_may_not_list_endpoints_is_told_that_none_was_looked_for(cloud: Cloud, call):
    cloud.refuse["GET .*/endpoints"] = RefusedError(403, "PERMISSION_DENIED", "no")
    result = call("submit")
    assert "cloud.endpoint.name is 'flights', and you may not list endpoints to see it" in result.stderr
    assert len(cloud.jobs) == 1


def test_another_window_is_another_job(cloud: Cloud, call):
    call("submit")
    call("submit", "--until", "2013-01-09")
    assert len(cloud.jobs) == 2


def test_a_launch_whose_job_failed_says_how_to_run_it_again(cloud: Cloud, call):
    call("submit")
    (job,) = cloud.jobs.values()
    job.state = api.PipelineState.PIPELINE_STATE_FAILED
    again = call("submit")
    assert again.return_value == 1
    assert "--attempt 2" in again.stderr
    assert call("submit", "--attempt", "2").return_value == 0
    assert len(cloud.jobs) == 2


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            RefusedError(403, "PERMISSION_DENIED", "no aiplatform.pipelineJobs.create"),
            "FORBIDDEN: no aiplatform",
        ),
        (
            RefusedError(429, "RESOURCE_EXHAUSTED", "quota of pipelines"),
            "TOO_MANY_REQUESTS: quota of pipelines",
        ),
        (RefusedError(400, "INVALID_ARGUMENT", "bad spec"), "BAD_REQUEST: bad spec"),
    ],
)
def test_a_refused_submission_is_one_line_with_the_reason(cloud: Cloud, call, error, message: str):
    cloud.refuse["POST .*pipelineJobs"] = error
    result = call("submit")
    said = _fault(result)
    assert said.startswith("submitting flights-20130110-")
    assert message in said
    assert cloud.jobs == {}


def test_an_api_that_does_not_answer_is_one_line(call, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:9")
    result = call("jobs", "--set", "cloud.api_endpoint=http://127.0.0.1:9")
    assert "the API does not answer" in _fault(result)


def test_a_slow_api_is_waited_for(cloud: Cloud, call):
    cloud.delay_s = 0.1
    assert call("submit").exception is None
    assert len(cloud.jobs) == 1


def test_an_empty_bucket_is_named(cloud: Cloud, call):
    cloud.files.clear()
    assert f"gs://{UPLOADS}/data/flights holds no span" in _fault(call("submit"))


@pytest.mark.parametrize("fraction", ["0", "0.2"])
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_day_without_its_marker_is_not_in_the_window(cloud: Cloud, call, suffix: str, fraction: str):
    for name in [*cloud.files]:
        day = cloud.files.pop(name)
        cloud.files[name.removesuffix(".csv") + suffix] = day
        cloud.files[name.removesuffix(".csv") + suffix + ".done"] = b""
    del cloud.files[f"{UPLOADS}/data/flights/2013-01-10{suffix}.done"]
    more = ("--set", "data.ready_marker=.done", "--set", f"split.eval_fraction={fraction}")
    assert call("submit", *more).exception is None
    (job,) = cloud.jobs.values()
    window = json.loads(dict(job.runtime_config.parameter_values)["launch_window"])
    assert (window["train_first"], window["eval_last"]) == ("2013-01-04", "2013-01-09")
    assert window["train_last"] == ("2013-01-07" if fraction == "0" else "2013-01-09")
    assert f"/gcs/{UPLOADS}/data/flights/2013-01-09{suffix}" in str(job)


def test_a_dry_run_sends_nothing(cloud: Cloud, call):
    result = call("submit", "--dry-run")
    assert result.return_value == 0
    assert not any(each.startswith("POST") for each in cloud.calls)
    assert "references" in result.stderr


def test_above_the_limit_or_without_a_price_it_refuses_unless_confirmed(cloud: Cloud, call):
    prices = "{as_of: 2026-11-01, currency: USD, per_hour: {e2-standard-4: 0.13}}"
    limited = ("--set", f"cloud.prices={prices}", "--set", "cloud.cost_limit=1")
    assert "no price for NVIDIA_TESLA_T4" in _fault(call("submit", *limited))
    assert cloud.jobs == {}
    assert call("submit", "--yes", *limited).exception is None
    assert len(cloud.jobs) == 1


def test_an_unknown_machine_needs_a_confirmation_or_its_name_in_the_configuration(cloud: Cloud, call):
    unknown = ("--set", "cloud.beam.machine=x9-standard-4")
    assert _fault(call("submit", *unknown)).endswith("if that is meant, or confirm with --yes")
    assert cloud.jobs == {}
    assert call("submit", *unknown, "--set", "cloud.accept_unknown=[x9-standard-4]").exception is None
    assert call("submit", "--attempt", "2", "--yes", *unknown).exception is None
    assert len(cloud.jobs) == 2


@pytest.mark.parametrize(
    ("location", "warned"), [("US-CENTRAL1", False), ("US", False), ("EU", True), ("US-EAST1", True)]
)
def test_a_bucket_of_another_region_is_a_warning(cloud: Cloud, call, location: str, warned: bool):
    cloud.locations[BUCKET] = location
    result = call("submit", "--dry-run")
    assert result.return_value == 0
    said = f"cloud.bucket is in {location.lower()}, and cloud.region is us-central1"
    assert (said in result.stderr) == warned


def test_where_a_bucket_is_may_stay_unknown(cloud: Cloud, call):
    cloud.refuse[rf"GET /storage/v1/b/{BUCKET}$"] = RefusedError(403, "PERMISSION_DENIED", "no")
    assert call("submit", "--dry-run").return_value == 0


def test_jobs_show_state_failures_and_links(cloud: Cloud, call):
    call("submit")
    (job,) = cloud.jobs.values()
    job.state = api.PipelineState.PIPELINE_STATE_FAILED
    failed = api.PipelineTaskDetail(task_name="Trainer", state=api.PipelineTaskDetail.State.FAILED)
    failed.error.message = "exit code 1"
    job.job_detail.task_details.append(failed)
    text = call("jobs").stdout
    assert "failed" in text
    assert "Trainer: exit code 1" in text
    assert "https://console.cloud.google.com/vertex-ai/locations/us-central1/pipelines/runs/flights-" in text
    (shown,) = json.loads(call("jobs", "--json").stdout)
    assert shown["failures"] == [{"task": "Trainer", "message": "exit code 1"}]


def _schedule(pipeline: str, schedule: str) -> scheduler_v1.Job:
    """A job as infra/terraform/modules/triggers makes it."""
    message = json.dumps({"reason": "schedule", "detail": schedule}).encode()
    return scheduler_v1.Job(
        name=f"{PARENT}/jobs/{pipeline}-{schedule}",
        schedule="0 5 * * *",
        time_zone="Etc/UTC",
        state=scheduler_v1.Job.State.ENABLED,
        pubsub_target={"topic_name": "projects/my-evergreen-prod/topics/t", "data": message},
    )


def _add_schedules(cloud: Cloud, *jobs: scheduler_v1.Job) -> None:
    cloud.schedules |= {job.name: job for job in jobs}


def test_schedules_of_this_pipeline_are_listed_and_switched(cloud: Cloud, call):
    _add_schedules(cloud, _schedule("flights", "daily"), _schedule("other", "daily"))
    (shown,) = json.loads(call("schedule list", "--json").stdout)
    assert (shown["id"], shown["state"], shown["cron"]) == ("flights-daily", "enabled", "0 5 * * *")
    assert call("schedule pause", "flights-daily").stdout == "flights-daily  paused\n"
    assert cloud.schedules[f"{PARENT}/jobs/flights-daily"].state.name == "PAUSED"
    assert "the job is PAUSED" in _fault(call("schedule pause", "flights-daily"))
    assert call("schedule resume", "flights-daily").stdout == "flights-daily  enabled\n"
    assert call("schedule run", "flights-daily").exception is None
    assert f"POST /v1/{PARENT}/jobs/flights-daily:run" in cloud.calls


def test_a_schedule_that_is_not_this_pipelines_is_refused(cloud: Cloud, call):
    _add_schedules(cloud, _schedule("other", "daily"))
    assert "no schedule 'other-daily'; there are none" in _fault(call("schedule pause", "other-daily"))


def test_pipelines_of_which_one_name_begins_with_the_others_do_not_see_each_others_schedules(
    cloud: Cloud, call
):
    """Nor a job whose message is somebody else's."""
    foreign = _schedule("flights", "weekly")
    foreign.pubsub_target.data = b"[]"
    unreadable = _schedule("flights", "hourly")
    unreadable.pubsub_target.data = b"wake up"
    mine = (_schedule("flights", "daily"), _schedule("flights", "eu-nightly"))
    nested = _schedule("flights", "yearly")
    nested.pubsub_target.data = b"[" * 5000 + b"]" * 5000
    _add_schedules(cloud, *mine, _schedule("flights-eu", "daily"), foreign, unreadable, nested)
    shown = [each["id"] for each in json.loads(call("schedule list", "--json").stdout)]
    assert shown == ["flights-daily", "flights-eu-nightly"]
    of_eu = json.loads(call("schedule list", "--json", "--set", "name=flights-eu").stdout)
    assert [each["id"] for each in of_eu] == ["flights-eu-daily"]
    assert "no schedule 'flights-eu-daily'" in _fault(call("schedule pause", "flights-eu-daily"))
    assert cloud.schedules[f"{PARENT}/jobs/flights-eu-daily"].state.name == "ENABLED"


def test_pipelines_of_which_one_name_begins_with_the_others_do_not_see_each_others_jobs(cloud: Cloud, call):
    call("submit")
    call("submit", "--set", "name=flights-eu")
    assert len(cloud.jobs) == 2
    for name in ("flights", "flights-eu"):
        (shown,) = json.loads(call("jobs", "--json", "--set", f"name={name}").stdout)
        assert shown["job"].rsplit("-", 2)[0] == name


def test_a_folder_of_days_is_not_one_whose_name_begins_with_its_own(cloud: Cloud, call):
    for name, content in [*cloud.files.items()]:
        cloud.files[name.replace("data/flights/", "data/flights-eu/").replace("2013", "2014")] = content
    result = call("submit", "--dry-run")
    assert "2013-01-10" in result.stderr
    assert "2014" not in result.stderr


@pytest.mark.parametrize(
    ("uri", "there"),
    [
        ("artifacts/Trainer/model/5", True),
        ("artifacts/Trainer/model/57", True),
        ("artifacts/Trainer/model/57/saved_model.pb", True),
        ("artifacts/Trainer/model/57/saved_model", False),
        ("artifacts/Trainer/model/6", False),
        ("artifacts/Trainer/mod", False),
    ],
)
def test_there_is_something_at_an_address_only_if_it_is_named_whole(cloud: Cloud, uri: str, there: bool):
    config = configs.load("prod")
    for name in ("5.txt", "5/saved_model.pb", "57/saved_model.pb", "61/saved_model.pb"):
        cloud.files[f"{BUCKET}/artifacts/Trainer/model/{name}"] = b"x"
    assert Buckets(config.require_cloud()).has(f"gs://{BUCKET}/{uri}") is there


def _artifact(number: int, kind: str, metadata: dict) -> api.Artifact:
    return api.Artifact(
        name=f"{PARENT}/metadataStores/default/artifacts/{number}",
        uri=f"gs://{BUCKET}/artifacts/{number}",
        schema_title=kind,
        metadata=metadata,
        create_time=dt.datetime(2026, 11, 21, 11, number, tzinfo=dt.timezone.utc),
    )


def _finish(cloud: Cloud, *, blessed: int, number: int = 1, **facts: str) -> api.PipelineJob:
    """Gives the newest job what Vertex AI records when its tasks have run."""
    job = list(cloud.jobs.values())[-1]
    window = dict(job.runtime_config.parameter_values)["launch_window"]
    record = {"gate": "release", "reason": "said so", "blessed": float(blessed)}
    if blessed:
        record |= {
            "version": f"1.0.{number}",
            "model_uri": "gs://m",
            "pushed_destination": "e",
            "window": window,
            **facts,
        }
    release = _artifact(number, "tfx.PushedModel", record)
    start = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.timezone.utc)
    states = api.PipelineTaskDetail.State
    for position, (name, state) in enumerate(
        [("ExampleGen", states.SKIPPED), ("Release", states.SUCCEEDED), ("Transform", states.NOT_TRIGGERED)]
    ):
        task = api.PipelineTaskDetail(task_id=position + 1, task_name=name, state=state, start_time=start)
        task.end_time = start + dt.timedelta(minutes=30)
        if name == "Release":
            task.outputs["release"] = api.PipelineTaskDetail.ArtifactList(artifacts=[release])
        job.job_detail.task_details.append(task)
    job.job_detail.pipeline_run_context = api.Context(
        name=f"{PARENT}/metadataStores/default/contexts/run{number}"
    )
    cloud.artifacts[job.job_detail.pipeline_run_context.name] = [release]
    job.state = api.PipelineState.PIPELINE_STATE_SUCCEEDED
    return job


def _store(cloud: Cloud) -> VertexStore:
    config = configs.load("prod")
    assert config.cloud is not None
    return VertexStore("flights", config.cloud.model_copy(update={"api_endpoint": cloud.url}))


def test_runs_are_read_from_vertex_as_they_are_from_the_local_store(cloud: Cloud, call):
    call("submit")
    _finish(cloud, blessed=1)
    (run,) = _store(cloud).runs()
    assert (run.state, run.released) == ("succeeded", "1.0.1")
    assert [(stage.name, stage.state) for stage in run.stages] == [
        ("ExampleGen", "cached"),
        ("Release", "complete"),
    ]
    assert run.stages[1].seconds == 1800
    assert run.window["eval_last"] == "2013-01-10"


def test_a_run_that_a_gate_stopped_says_which(cloud: Cloud, call):
    call("submit")
    _finish(cloud, blessed=0)
    (run,) = _store(cloud).runs()
    assert (run.state, run.released, run.error) == ("stopped", None, "said so")


def test_the_next_launch_is_compared_with_the_champion_that_vertex_has(cloud: Cloud, call):
    call("submit", "--until", "2013-01-08")
    _finish(cloud, blessed=1)
    cloud.files[f"{BUCKET}/artifacts/1/release.json"] = b"{}"
    call("submit")
    newest = list(cloud.jobs.values())[-1]
    assert dict(newest.runtime_config.parameter_values)["launch_champion"] == "1.0.1"


def test_a_release_that_was_withdrawn_in_the_metadata_is_no_champion(cloud: Cloud, call):
    call("submit")
    job = _finish(cloud, blessed=1)
    (current,) = cloud.artifacts[job.job_detail.pipeline_run_context.name]
    withdrawn = api.Artifact(current)
    withdrawn.metadata = {**dict(current.metadata), "withdrawn": "too slow"}
    cloud.artifacts[job.job_detail.pipeline_run_context.name] = [withdrawn]
    assert champion_of(from_runs(_store(cloud).runs())) is None


def test_a_champion_that_was_reset_is_not_compared_with_and_stays_the_champion(cloud: Cloud, call):
    call("submit", "--until", "2013-01-08")
    _finish(cloud, blessed=1)
    cloud.files[f"{BUCKET}/artifacts/1/release.json"] = b"{}"
    reset = ("champion reset", "--from", "vertex", "--reason", "wrong labels", "--by", "Ada")
    assert "champion 1.0.1 is reset: wrong labels (Ada, " in call(*reset).stdout
    assert "is reset already: wrong labels (Ada, " in _fault(call(*reset))
    call("submit")
    values = dict(list(cloud.jobs.values())[-1].runtime_config.parameter_values)
    assert values["launch_champion"] == "1.0.1"
    assert values["launch_incomparable"].startswith("champion 1.0.1 was reset: wrong labels (Ada, ")
    assert "reset       wrong labels (Ada, " in call("champion show", "--from", "vertex").stdout


def test_without_a_release_on_vertex_there_is_nothing_to_reset(call):
    reset = call("champion reset", "--from", "vertex", "--reason", "wrong labels", "--by", "Ada")
    assert "there is no champion in flights on Vertex AI" in _fault(reset)


def test_runs_and_lineage_show_what_vertex_has(cloud: Cloud, call):
    call("submit")
    _finish(cloud, blessed=1)
    (shown,) = json.loads(call("runs", "--from", "vertex", "--json").stdout)
    assert (shown["state"], shown["released"]) == ("succeeded", "1.0.1")
    origin = json.loads(call("lineage", "--from", "vertex", "champion", "--json").stdout)
    assert origin["version"] == "1.0.1"
    assert origin["config"]["name"] == "flights"


def test_two_models_of_one_version_are_told_apart_by_their_names_on_vertex_too(cloud: Cloud, call):
    """The Model Registry numbers the versions of each of its entries from 1."""
    for number, name in enumerate(("flights", "late-flights"), start=1):
        call("submit", "--set", f"model.name={name}")
        _finish(cloud, blessed=1, number=number, version="1.0.1", model_uri=f"gs://{name}")
        cloud.files[f"{BUCKET}/artifacts/{number}/release.json"] = b"{}"
    assert len(cloud.jobs) == 2
    assert "name one of flights/1.0.1, late-flights/1.0.1" in _fault(
        call("lineage", "--from", "vertex", "1.0.1")
    )
    for name in ("flights", "late-flights"):
        origin = json.loads(call("lineage", "--from", "vertex", f"{name}/1.0.1", "--json").stdout)
        assert (origin["model"], origin["config"]["model"]["name"]) == (name, name)
    assert "late-flights/1.0.1" in call("runs", "--from", "vertex").stdout


def test_a_cached_output_that_was_deleted_stops_the_submission(cloud: Cloud, call):
    call("submit", "--until", "2013-01-08")
    _finish(cloud, blessed=1)
    result = call("submit")
    assert "Release: the cache would give its output 'release'" in result.stderr
    assert "the job has faults; nothing was sent" in _fault(result)
    cloud.files[f"{BUCKET}/artifacts/1/release.json"] = b"{}"
    assert call("submit").exception is None
