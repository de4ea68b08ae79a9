"""What ran before, as Vertex AI tells it: for the rule, and to find the champion."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from typing import Any

from infra.google_apis import PipelineJobs, parse_time
from monitoring.retraining.rule import PastRun, State
from pipeline.launch.launch import Champion, Launch, is_same
from pipeline.launch.record import from_parameters

EVENT_LABEL = "evergreen-event"
_SUCCEEDED = "PIPELINE_STATE_SUCCEEDED"
_FAILED = ("PIPELINE_STATE_FAILED", "PIPELINE_STATE_CANCELLED")

Job = Mapping[str, Any]


def past_runs(jobs: list[dict[str, Any]], launch: Launch) -> list[PastRun]:
    """The jobs as the rule sees them beside the launch that is asked for now."""
    return [
        PastRun(
            id=job["name"].rsplit("/", 1)[-1],
            event=job.get("labels", {}).get(EVENT_LABEL, ""),
            started=parse_time(job["createTime"]),
            state=_state(job),
            repeated=is_same(record_of(job), _released_by(job, launch.champion), launch),
        )
        for job in jobs
    ]


def record_of(job: Job) -> dict[str, str]:
    """What was recorded of a job's launch."""
    return from_parameters(job.get("runtimeConfig", {}).get("parameterValues", {}))


def champion(jobs: list[dict[str, Any]], api: PipelineJobs) -> Champion | None:
    """The version last released and not withdrawn; None before the first release.

    Args:
      jobs: newest first.
    """
    for job in jobs:
        if job.get("state") == _SUCCEEDED:
            for release in _releases(api.get(job["name"])):
                # Asked for anew: a withdrawal is written on the artifact after the job has ended.
                known = api.get(release["name"]).get("metadata", {})
                if int(known.get("blessed", 0)) == 1 and "withdrawn" not in known:
                    return _champion(known, job["name"])
    return None


def _releases(job: Job) -> Iterator[Mapping[str, Any]]:
    for task in job.get("jobDetail", {}).get("taskDetails", []):
        if task.get("taskName") == "Release":
            for output in task.get("outputs", {}).values():
                yield from output.get("artifacts", [])


def _champion(known: Mapping[str, Any], job_name: str) -> Champion:
    window = json.loads(known["window"])
    return Champion(
        version=known["version"],
        model_uri=known["model_uri"],
        served_from=known["pushed_destination"],
        train_first=dt.date.fromisoformat(window["train_first"]),
        train_last=dt.date.fromisoformat(window["train_last"]),
        run_id=job_name,
    )


def _released_by(job: Job, standing: Champion | None) -> str | None:
    return standing.version if standing and standing.run_id == job["name"] else None


def _state(job: Job) -> State:
    if job.get("state") == _SUCCEEDED:
        return "succeeded"
    return "failed" if job.get("state") in _FAILED else "running"
