"""The jobs of a pipeline on Vertex AI: state, what failed and why, where to look."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from google.cloud import aiplatform_v1 as api

from pipeline.config.cloud import CloudConfig
from pipeline.runners.vertex import submit
from pipeline.runners.vertex.api import connect, explained
from pipeline.runners.vertex.dressing import PIPELINE_LABEL

FAILED_TASKS = (api.PipelineTaskDetail.State.FAILED, api.PipelineTaskDetail.State.CANCELLED)


@dataclasses.dataclass(frozen=True)
class JobState:
    """One job as it is now.

    Attributes:
      failures: task and message of each that failed.
    """

    id: str
    state: str
    created: dt.datetime
    failures: tuple[tuple[str, str], ...]
    link: str


def recent(name: str, cloud: CloudConfig, limit: int) -> list[JobState]:
    """The newest jobs of a pipeline, newest first.

    Raises:
      UserError: the API refuses or does not answer.
    """
    return [_state(job, cloud) for job in details(name, cloud, limit)]


def details(name: str, cloud: CloudConfig, limit: int | None) -> list[api.PipelineJob]:
    """The newest jobs with their tasks, newest first.

    Raises:
      UserError: the API refuses or does not answer.
    """
    client = connect(api.PipelineServiceClient, cloud.region, cloud.api_endpoint)
    request = api.ListPipelineJobsRequest(
        parent=f"projects/{cloud.project}/locations/{cloud.region}",
        filter=f'labels.{PIPELINE_LABEL}="{name}"',
        order_by="create_time desc",
    )
    found: list[api.PipelineJob] = []
    with explained(f"listing the jobs of {name}"):
        for job in client.list_pipeline_jobs(request=request):
            if limit is not None and len(found) >= limit:
                break
            found.append(client.get_pipeline_job(name=job.name))
    return found


def as_lines(jobs: Sequence[JobState]) -> Iterator[str]:
    """One line a job, and one for each failure."""
    for job in jobs:
        yield f"{job.id:<48}{_short(job.state):<12}{job.created:%Y-%m-%d %H:%M}  {job.link}"
        for task, message in job.failures:
            yield f"    {task}: {message}"


def as_values(jobs: Sequence[JobState]) -> list[dict[str, Any]]:
    """The same for machines."""
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
        link=submit.link(job.name, cloud),
    )


def _short(state: str) -> str:
    return state.removeprefix("PIPELINE_STATE_").lower()
