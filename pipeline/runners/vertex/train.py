"""Trainer's executor: TFX's own, which starts a custom training job and waits for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from google.cloud import aiplatform_v1
from google.protobuf import json_format
from tfx.extensions.google_cloud_ai_platform import training_clients
from tfx.extensions.google_cloud_ai_platform.trainer import executor as stock
from tfx.types import Artifact

from pipeline.runners.kfp import stand_in
from pipeline.runners.kfp.local import steps


class Executor(stock.GenericExecutor):
    """Trains as a Vertex AI CustomJob on the machines that `ai_platform_training_args` names.

    In a rehearsal the job is parsed as the API's own message, and its container's command runs on this
    machine.
    """

    def Do(  # noqa: N802 - TFX's interface
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Starts the job and waits; the model is in `model` when it returns."""
        with _rehearsed() if stand_in.here() else contextlib.nullcontext():
            super().Do(input_dict, output_dict, exec_properties)


class RehearsalClient(training_clients.VertexJobClient):
    """TFX's client up to the point where the job would be sent; runs the job's container command instead."""

    def create_client(self) -> None:
        """Needs no connection."""

    def launch_job(self, project: str, training_job: dict[str, Any]) -> None:
        """Parses the job strictly and runs the command of its first worker.

        Raises:
          google.protobuf.json_format.ParseError: the API would not take the job.
          StepError: the command failed.
        """
        self._job_name = f"projects/{project}/rehearsal/{training_job['display_name']}"
        job = as_message(training_job)
        container = job.job_spec.worker_pool_specs[0].container_spec
        steps.run([*container.command, *container.args], isolate=stand_in.isolated())

    def get_job(self) -> aiplatform_v1.CustomJob:
        """The job, which has succeeded: launch_job raises otherwise."""
        return aiplatform_v1.CustomJob(state=aiplatform_v1.JobState.JOB_STATE_SUCCEEDED)


def as_message(custom_job: dict[str, Any]) -> aiplatform_v1.CustomJob:
    """A custom job as the API's own message.

    Raises:
      google.protobuf.json_format.ParseError: unknown field or enum value, or a value of the wrong type.
    """
    message = aiplatform_v1.CustomJob.pb()()
    json_format.ParseDict(custom_job, message)
    return aiplatform_v1.CustomJob.wrap(message)


@contextlib.contextmanager
def _rehearsed() -> Iterator[None]:
    """TFX chooses its client in a function; there is no other seam (a test notices when it is gone)."""
    chosen = training_clients.get_job_client
    training_clients.get_job_client = lambda _vertex, region: RehearsalClient(region)
    try:
        yield
    finally:
        training_clients.get_job_client = chosen
