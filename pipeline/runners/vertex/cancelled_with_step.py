"""Custom training jobs that end with the step that started them.

    step                                   custom job
    ────                                   ──────────
    launch (signals wait) ───────────────► running
    poll ◄──────────────────────────────── running
      │ SIGTERM: cancelled, or timed out
      │ or an error: no answer, no right     │
      ├─ still running? ── cancel ─────────► cancelled
      ▼
    ends as it would have

TFX starts a job and polls. A step that is stopped would leave the job running, at the price of its GPUs, with
nobody to read its model. `timeout`, which every step is started by, sends SIGTERM and, 30 s later, SIGKILL;
what happens after that, the job's own timeout ends.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.cloud import aiplatform_v1
from tfx.extensions.google_cloud_ai_platform import training_clients

from pipeline import interrupts
from pipeline.runners.vertex.api import connect
from pipeline.runners.vertex.custom_job import sent_by

_ANSWER_S = 8.0  # of the 30 s that a step has to end


class CancellingJobClient(training_clients.VertexJobClient):
    """TFX's client of the service, which can cancel the job that it has launched."""

    def __init__(self, region: str, api_endpoint: str | None):
        """Connects to a region's service, or to the address given instead."""
        self._api_endpoint = api_endpoint
        super().__init__(region)

    def create_client(self) -> None:
        """Connects."""
        self._client = connect(aiplatform_v1.JobServiceClient, self._region, self._api_endpoint)

    def launch_job(self, project: str, training_job: dict[str, Any]) -> None:
        """Launches a job; a signal that comes meanwhile waits until its name is known."""
        with interrupts.deferred():
            super().launch_job(project, training_job)

    def cancel_unfinished(self) -> None:
        """Cancels the job that was launched, unless it has ended; never raises what the service answers."""
        name = self.get_job_name()
        if not name:
            return
        try:
            job = self._client.get_custom_job(name=name, timeout=_ANSWER_S, retry=None)
            if job.state not in self.JOB_STATES_COMPLETED:
                self._client.cancel_custom_job(name=name, timeout=_ANSWER_S, retry=None)
                logging.warning("The step ends, so its custom job is cancelled: %s", name)
        except (GoogleAPICallError, RetryError, OSError) as error:
            logging.error(
                "The step ends, and its custom job may go on until its timeout: %s: %s", name, error
            )


@contextlib.contextmanager
def cancelled_with_step(api_endpoint: str | None) -> Iterator[None]:
    """Cancels what TFX launched in the block if the block does not end well: by an error or by a signal.

    Args:
      api_endpoint: address instead of the region's own; None for that.
    """
    clients: list[CancellingJobClient] = []

    def client_of(region: str) -> CancellingJobClient:
        clients.append(CancellingJobClient(region, api_endpoint))
        return clients[-1]

    interrupts.install()
    try:
        with sent_by(client_of):
            yield
    except BaseException:
        for client in clients:
            client.cancel_unfinished()
        raise
    finally:
        interrupts.ignore() if interrupts.is_behind(None) else interrupts.restore_defaults()
