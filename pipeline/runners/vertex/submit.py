"""Sending a launch to Vertex AI once: an equal launch has the same job id, whoever delivers it again."""

from __future__ import annotations

import dataclasses
from typing import Any

from google.api_core import exceptions
from google.cloud import aiplatform_v1 as api
from google.protobuf import json_format

from pipeline.config.cloud import CloudConfig
from pipeline.runners.vertex.api import connect, explained


@dataclasses.dataclass(frozen=True)
class Submitted:
    """A job of Vertex AI.

    Attributes:
      name: resource name. state: PIPELINE_STATE_*.
      repeated: whether it was there before; nothing was sent then.
      link: the console's page.
    """

    name: str
    state: str
    repeated: bool
    link: str


def submit(job: dict[str, Any], identifier: str, cloud: CloudConfig) -> Submitted:
    """Creates the job, or finds the one that an equal launch has created.

    Raises:
      UserError: the API refuses it or does not answer; nothing runs then.
    """
    client = connect(api.PipelineServiceClient, cloud.region, cloud.api_endpoint)
    parent = f"projects/{cloud.project}/locations/{cloud.region}"
    message = api.PipelineJob.pb()()
    json_format.ParseDict(job, message)
    with explained(f"submitting {identifier}"):
        try:
            created = client.create_pipeline_job(
                parent=parent, pipeline_job=api.PipelineJob.wrap(message), pipeline_job_id=identifier
            )
        except exceptions.Conflict:  # AlreadyExists, which over REST is only a 409
            there = client.get_pipeline_job(name=f"{parent}/pipelineJobs/{identifier}")
            return _submitted(there, cloud, repeated=True)
    return _submitted(created, cloud, repeated=False)


def link(name: str, cloud: CloudConfig) -> str:
    """The console's page of a job."""
    return (
        f"https://console.cloud.google.com/vertex-ai/locations/{cloud.region}/pipelines/runs/"
        f"{name.rsplit('/', 1)[-1]}?project={cloud.project}"
    )


def _submitted(job: api.PipelineJob, cloud: CloudConfig, *, repeated: bool) -> Submitted:
    return Submitted(job.name, job.state.name, repeated, link(job.name, cloud))
