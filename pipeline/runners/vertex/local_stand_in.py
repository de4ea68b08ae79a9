"""This machine in place of Vertex AI's services: requests are built and parsed, then done here.

Nothing imports it but the one who starts a local run; executors find it by kfp/stand_in.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from google.cloud import aiplatform_v1

from components.pusher.executor import publish
from pipeline.runners.kfp.local import steps
from pipeline.runners.vertex import endpoint, model_versions
from pipeline.runners.vertex.custom_job import OfflineJobClient, as_message, sent_by


class LocalJobClient(OfflineJobClient):
    """TFX's client up to the point where it would send the job; runs the job's container command instead."""

    def launch_job(self, project: str, training_job: dict[str, Any]) -> None:
        """Parses the job strictly and runs the command of its first worker.

        Raises:
          google.protobuf.json_format.ParseError: the API would not take the job.
          StepError: the command failed.
        """
        self._job_name = f"projects/{project}/local/{training_job['display_name']}"
        container = as_message(training_job).job_spec.worker_pool_specs[0].container_spec
        steps.run([*container.command, *container.args], isolate=steps.isolated())

    def get_job(self) -> aiplatform_v1.CustomJob:
        """Returns the job as succeeded: launch_job raises otherwise."""
        return aiplatform_v1.CustomJob(state=aiplatform_v1.JobState.JOB_STATE_SUCCEEDED)


def run_training_jobs() -> AbstractContextManager[None]:
    """Runs training jobs on this machine as long as the context lasts."""
    return sent_by(LocalJobClient)


def push(settings: Mapping[str, Any], model_uri: str, folder: str) -> tuple[str, str]:
    """Builds the request of an upload, and copies the model below a folder.

    Returns:
      The folder with the model, and its number there.
    """
    model_versions.upload_request(settings, model_uri, None)
    served = publish(model_uri, folder)
    return served, served.rsplit("/", 1)[-1]


def settle(settings: Mapping[str, Any]) -> None:
    """Builds the request of a deployment. What serves on this machine is settled by who started the run."""
    endpoint.deployed_model(settings, f"{settings['parent']}/models/{settings['model_id']}@1")
