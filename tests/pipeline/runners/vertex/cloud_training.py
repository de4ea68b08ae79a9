"""Custom training jobs of the server in `cloud_server.py`."""

from __future__ import annotations

from typing import Any

from google.cloud import aiplatform_v1 as api

from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError, need, parsed

ENDED = (api.JobState.JOB_STATE_SUCCEEDED, api.JobState.JOB_STATE_FAILED, api.JobState.JOB_STATE_CANCELLED)


def create_custom_job(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """JobService.CreateCustomJob; the job runs until a test or a request ends it."""
    del query
    job = parsed(api.CustomJob, body)
    need(job.display_name, "display_name is required")
    need(job.job_spec.worker_pool_specs, "worker_pool_specs is required")
    job.name = f"{part['parent']}/customJobs/{len(cloud.custom_jobs) + 1}"
    job.state = api.JobState.JOB_STATE_RUNNING
    cloud.custom_jobs[job.name] = job
    return job


def get_custom_job(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """JobService.GetCustomJob."""
    del query, body
    if part["name"] not in cloud.custom_jobs:
        raise RefusedError(404, "NOT_FOUND", f"{part['name']} not found")
    return cloud.custom_jobs[part["name"]]


def cancel_custom_job(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """JobService.CancelCustomJob: "starts asynchronous cancellation"; what has ended cannot be cancelled."""
    job = get_custom_job(cloud, part, query, b"")
    parsed(api.CancelCustomJobRequest, body)
    if job.state in ENDED:
        raise RefusedError(400, "FAILED_PRECONDITION", f"the job is {job.state.name}")
    job.state = api.JobState.JOB_STATE_CANCELLED
    return {}
