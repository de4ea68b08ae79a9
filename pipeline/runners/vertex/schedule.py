"""The schedules of a pipeline: Cloud Scheduler jobs that Terraform owns; read and switched here."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from google.cloud import scheduler_v1

from pipeline.config.cloud import CloudConfig
from pipeline.errors import UserError
from pipeline.runners.vertex.api import api_errors, connect


@dataclasses.dataclass(frozen=True)
class Schedule:
    """One Cloud Scheduler job.

    Attributes:
      id: last part of its name.
      state: enabled, paused, …
      cron: in `time_zone`.
      time_zone: name in the tz database.
      last: time of the last attempt; `-` before the first.
      next: time of the next attempt.
    """

    id: str
    state: str
    cron: str
    time_zone: str
    last: str
    next: str


class Schedules:
    """The Cloud Scheduler jobs of one pipeline, as infra/terraform makes them.

    A job's id is `<pipeline>-<schedule>`, and its message names the schedule: so flights and flights-eu do
    not see each other's.
    """

    def __init__(self, name: str, cloud: CloudConfig):
        self._name = name
        self._parent = f"projects/{cloud.project}/locations/{cloud.region}"
        address = cloud.api_endpoint or "cloudscheduler.googleapis.com"
        self._client = connect(scheduler_v1.CloudSchedulerClient, cloud.region, address)

    def all(self) -> list[Schedule]:
        """Returns every schedule of the pipeline.

        Raises:
          UserError: the API refuses or does not answer.
        """
        with api_errors("listing schedules"):
            return [_schedule(job) for job in self._client.list_jobs(parent=self._parent) if self._owns(job)]

    def _owns(self, job: scheduler_v1.Job) -> bool:
        try:
            message = json.loads(job.pubsub_target.data)
        except (ValueError, RecursionError):
            return False
        schedule = message.get("detail") if isinstance(message, dict) else None
        return _id(job) == f"{self._name}-{schedule}"

    def switch(self, identifier: str, what: str) -> Schedule:
        """Pauses, resumes or runs one schedule now.

        Args:
          identifier: its id.
          what: `pause`, `resume` or `run`.

        Raises:
          UserError: there is no such schedule; the message names those that there are.
        """
        known = [each.id for each in self.all()]
        if identifier not in known:
            raise UserError(f"no schedule {identifier!r}; there are {', '.join(known) or 'none'}")
        calls: dict[str, Callable[..., Any]] = {
            "pause": self._client.pause_job,
            "resume": self._client.resume_job,
            "run": self._client.run_job,
        }
        with api_errors(f"{what} {identifier}"):
            return _schedule(calls[what](name=f"{self._parent}/jobs/{identifier}"))


def _schedule(job: scheduler_v1.Job) -> Schedule:
    return Schedule(
        id=_id(job),
        state=job.state.name.lower(),
        cron=job.schedule,
        time_zone=job.time_zone,
        last=_time(job.last_attempt_time),
        next=_time(job.schedule_time),
    )


def _id(job: scheduler_v1.Job) -> str:
    return job.name.rsplit("/", 1)[-1]


def _time(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if value else "-"
