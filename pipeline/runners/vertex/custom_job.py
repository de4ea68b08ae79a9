"""The custom training job that TFX's Trainer sends: as the API's own message, and by which client."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from google.cloud import aiplatform_v1
from google.protobuf import json_format
from tfx.extensions.google_cloud_ai_platform import training_clients

_EXECUTOR = "components.trainer.executor.Executor"


class OfflineJobClient(training_clients.VertexJobClient):
    """TFX's client without a connection: it builds the job and can send nothing."""

    def create_client(self) -> None:
        """Needs no connection."""


@contextlib.contextmanager
def sent_by(client_of: Callable[[str], training_clients.VertexJobClient]) -> Iterator[None]:
    """Replaces the function in which TFX chooses its client; a test notices when it is gone.

    Args:
      client_of: a region to the client of its service.
    """
    chosen = training_clients.get_job_client
    training_clients.get_job_client = lambda _vertex, region: client_of(region)
    try:
        yield
    finally:
        training_clients.get_job_client = chosen


def request(training_args: dict[str, Any], region: str) -> aiplatform_v1.CustomJob:
    """Returns the job that TFX's client makes of `ai_platform_training_args`.

    Raises:
      google.protobuf.json_format.ParseError: the API would not take the job.
    """
    copied = json.loads(json.dumps({key: value for key, value in training_args.items() if key != "project"}))
    return as_message(OfflineJobClient(region).create_training_job({}, {}, {}, _EXECUTOR, copied, None, {}))


def as_message(custom_job: dict[str, Any]) -> aiplatform_v1.CustomJob:
    """Returns a custom job as the API's own message.

    Raises:
      google.protobuf.json_format.ParseError: unknown field or enum value, or a value of the wrong type.
    """
    message = aiplatform_v1.CustomJob.pb()()
    json_format.ParseDict(custom_job, message)
    return aiplatform_v1.CustomJob.wrap(message)
