"""What ran before, as Vertex AI lists it: for the rule, and to find the champion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.release.version_rule import Registered
from infra.google_apis import Bucket, PipelineJobs, parse_time
from monitoring.retraining.rule import PastRun, State
from pipeline.launch.champion import RELEASED_BY, Champion
from pipeline.launch.launch import Launch, is_same
from pipeline.launch.newest import registered
from pipeline.launch.record import from_parameters
from pipeline.lineage.bucket_registry import told
from pipeline.lineage.events_json import from_json
from pipeline.lineage.models import Models, key_of
from pipeline.runners.vertex.deployment import is_self_deployed, record_in

EVENT_LABEL = "evergreen-event"
REVISION_LABEL = "evergreen-revision"
_SUCCEEDED = "PIPELINE_STATE_SUCCEEDED"
_FAILED = ("PIPELINE_STATE_FAILED", "PIPELINE_STATE_CANCELLED")

Job = Mapping[str, Any]


def past_runs(
    jobs: list[dict[str, Any]], launch: Launch | None, release: str | None = None
) -> tuple[PastRun, ...]:
    """Returns the jobs as the rule sees them, beside the launch that is requested now.

    Args:
      jobs: as Vertex AI lists them.
      launch: None while it is not known; no job repeats it then.
      release: the revision whose verdict on the window is asked for: only its own run repeats that one,
        whatever the champion was. None where any run that did the same repeats it.
    """
    return tuple(
        PastRun(
            id=job["name"].rsplit("/", 1)[-1],
            event=job.get("labels", {}).get(EVENT_LABEL, ""),
            started=parse_time(job["createTime"]),
            state=state_of(job),
            repeated=launch is not None and _repeats(job, launch, release),
        )
        for job in jobs
    )


def _repeats(job: Job, launch: Launch, release: str | None) -> bool:
    if release is None:
        return is_same(record_of(job), _released_by(job, launch.champion), launch)
    return is_of(job, release) and record_of(job).get("identity") == launch.identity


def is_of(job: Job, revision: str) -> bool:
    """Returns whether a job was started from the template of a revision."""
    return bool(job.get("labels", {}).get(REVISION_LABEL) == revision_label(revision))


def revision_label(revision: str) -> str:
    """Returns a revision as a label's value: lower case, 63 characters at most."""
    return re.sub(r"[^a-z0-9_-]", "-", revision.lower())[:63]


def record_of(job: Job) -> dict[str, str]:
    """Returns what was recorded of a job's launch."""
    return from_parameters(job.get("runtimeConfig", {}).get("parameterValues", {}))


def recorded(bucket: Bucket, name: str) -> Models | None:
    """Returns the models on record, and what was decided of them; None before anything was recorded.

    Args:
      bucket: that holds the record.
      name: of the pipeline.

    Raises:
      UserError: the record cannot be read.
    """
    place = record_in("", name).removeprefix("/")
    # Listed first: who may not list a whole bucket is refused what is not there, as if it might not read it.
    if place not in {file.name for file in bucket.files(place)}:
        return None
    return told(from_json(bucket.read(place).decode(errors="replace"), place))


def releases(
    jobs: list[dict[str, Any]], api: PipelineJobs, model_name: str, models: Models | None
) -> tuple[Champion | None, Registered | None]:
    """Returns the version that is live, and the one last registered under a name.

    Each is None before the first. Where nothing is on record, the version is live that was released last and
    not withdrawn, by a job that deployed it by itself.

    Args:
      jobs: newest first.
      api: where the jobs' details and the release records are.
      model_name: the configuration's.
      models: on record; None where nothing is.

    Raises:
      ReleaseRecordError: the record of such a release is incomplete.
    """
    champion, newest = None, None
    none_is = models is not None and models.live is None
    for record, run_id in _records(jobs, api):
        if champion is None and not none_is and _is_champion(record, models):
            champion = Champion.from_release(record, run_id)
        if newest is None and record.get("model_name", model_name) == model_name:
            newest = registered(record, run_id)
        if newest and (champion or none_is):
            break
    if champion is None and models and models.live:  # its job is not listed any more
        champion = Champion.from_release(models.live.facts, models.live.run_id)
    return champion, newest


def _is_champion(record: Mapping[str, Any], models: Models | None) -> bool:
    if models is None:
        return "withdrawn" not in record and is_self_deployed(record)
    assert models.live is not None
    name, version, uri = key_of(models.live)
    found = record.get("model_name", name), record.get("version"), record.get("model_uri")
    return found == (name, version, uri)


def _records(jobs: list[dict[str, Any]], api: PipelineJobs) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yields the record of each release and the name of its job, the newest first."""
    for job in jobs:
        if job.get("state") == _SUCCEEDED:
            for release in _releases(api.get(job["name"])):
                # Asked for anew: a withdrawal is written on the artifact after the job has ended.
                record = api.get(release["name"]).get("metadata", {})
                if int(record.get("blessed", 0)) == 1:
                    yield record, job["name"]


def _releases(job: Job) -> Iterator[Mapping[str, Any]]:
    for task in job.get("jobDetail", {}).get("taskDetails", []):
        if task.get("taskName") == RELEASED_BY:
            for output in task.get("outputs", {}).values():
                yield from output.get("artifacts", [])


def _released_by(job: Job, champion: Champion | None) -> str | None:
    return champion.version if champion and champion.run_id == job["name"] else None


def state_of(job: Job) -> State:
    """Returns how a job ended; one in which a gate said no has succeeded."""
    if job.get("state") == _SUCCEEDED:
        return "succeeded"
    return "failed" if job.get("state") in _FAILED else "running"
