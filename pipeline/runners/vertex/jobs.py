"""The jobs of a pipeline on Vertex AI: sent once each; their state, what failed and why, where to look."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from google.api_core import exceptions
from google.cloud import aiplatform_v1 as api
from google.protobuf import json_format

from pipeline.config.cloud import CloudConfig
from pipeline.runners.vertex.api import Region, api_errors, connect
from pipeline.runners.vertex.job_fields import PIPELINE_LABEL

FAILED_TASKS = (api.PipelineTaskDetail.State.FAILED, api.PipelineTaskDetail.State.CANCELLED)


@dataclasses.dataclass(frozen=True)
class JobState:
    """One job as it is now.

    Attributes:
      id: last part of its resource name.
      state: PIPELINE_STATE_*.
      created: when it was sent.
      failures: task and message of each task that failed.
      link: the console's page.
    """

    id: str
    state: str
    created: dt.datetime
    failures: tuple[tuple[str, str], ...]
    link: str


@dataclasses.dataclass(frozen=True)
class Submitted:
    """A job that was sent now, or before.

    Attributes:
      name: resource name.
      state: PIPELINE_STATE_*.
      repeated: whether it was there before; nothing was sent then.
      link: the console's page.
    """

    name: str
    state: str
    repeated: bool
    link: str


def submit(job: dict[str, Any], identifier: str, cloud: CloudConfig) -> Submitted:
    """Creates a job, or finds the one that an equal launch has created under the same id.

    Raises:
      UserError: the API refuses it or does not answer; nothing runs then.
    """
    client = connect(api.PipelineServiceClient, cloud.region, cloud.api_endpoint)
    parent = f"projects/{cloud.project}/locations/{cloud.region}"
    message = api.PipelineJob.pb()()
    json_format.ParseDict(job, message)
    with api_errors(f"submitting {identifier}"):
        try:
            created = client.create_pipeline_job(
                parent=parent, pipeline_job=api.PipelineJob.wrap(message), pipeline_job_id=identifier
            )
        except exceptions.Conflict:  # AlreadyExists, which over REST is only a 409
            there = client.get_pipeline_job(name=f"{parent}/pipelineJobs/{identifier}")
            return Submitted(there.name, there.state.name, True, _link(there.name, cloud))
    return Submitted(created.name, created.state.name, False, _link(created.name, cloud))


def recent(name: str, cloud: CloudConfig, limit: int) -> list[JobState]:
    """Returns the state of the newest jobs of a pipeline, newest first.

    Raises:
      UserError: the API refuses or does not answer.
    """
    return [_state(job, cloud) for job in details(name, cloud, limit)]


def details(name: str, cloud: Region, limit: int | None) -> list[api.PipelineJob]:
    """Returns the newest jobs with their tasks, newest first.

    Raises:
      UserError: the API refuses or does not answer.
    """
    client = connect(api.PipelineServiceClient, cloud.region, cloud.api_endpoint)
    request = api.ListPipelineJobsRequest(
        parent=f"projects/{cloud.project}/locations/{cloud.region}",
        filter=f'labels.{PIPELINE_LABEL}="{name}"',
        order_by="create_time desc",
    )
    newest: list[api.PipelineJob] = []
    with api_errors(f"listing the jobs of {name}"):
        for job in client.list_pipeline_jobs(request=request):
            if limit is not None and len(newest) >= limit:
                break
            newest.append(client.get_pipeline_job(name=job.name))
    return newest


def as_lines(jobs: Sequence[JobState]) -> Iterator[str]:
    """Yields a line for every job and every failure."""
    for job in jobs:
        yield f"{job.id:<48}{_short(job.state):<12}{job.created:%Y-%m-%d %H:%M}  {job.link}"
        for task, message in job.failures:
            yield f"    {task}: {message}"


def as_values(jobs: Sequence[JobState]) -> list[dict[str, Any]]:
    """Returns the jobs as JSON values."""
    return [
        {
            "job": job.id,
            "state": _short(job.state),
            "created": job.created.isoformat(timespec="seconds"),
            "failures": [{"task": task, "message": message} for task, message in job.failures],
            "link": job.link,
        }
        for job in jobs
    ]


def _state(job: api.PipelineJob, cloud: CloudConfig) -> JobState:
    tasks = [
        (task.task_name, " ".join(task.error.message.split()))
        for task in job.job_detail.task_details
        if task.state in FAILED_TASKS
    ]
    whole = [("job", " ".join(job.error.message.split()))] if job.error.message and not tasks else []
    return JobState(
        id=job.name.rsplit("/", 1)[-1],
        state=job.state.name,
        created=job.create_time,
        failures=tuple(tasks or whole),
        link=_link(job.name, cloud),
    )


def _link(name: str, cloud: CloudConfig) -> str:
    return (
        f"https://console.cloud.google.com/vertex-ai/locations/{cloud.region}/pipelines/runs/"
        f"{name.rsplit('/', 1)[-1]}?project={cloud.project}"
    )


def _short(state: str) -> str:
    return state.removeprefix("PIPELINE_STATE_").lower()
