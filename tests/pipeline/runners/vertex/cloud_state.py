"""What the server of `cloud_server.py` knows, how it should misbehave, and how it reads requests."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from typing import Any

from google.protobuf import json_format


class RefusedError(Exception):
    """What the service answers instead: an HTTP code, a status and a message."""

    def __init__(self, code: int, status: str, message: str):
        super().__init__(message)
        self.body = {"error": {"code": code, "status": status, "message": message}}
        self.code = code


@dataclasses.dataclass
class Cloud:
    """What the service knows, and how it should misbehave.

    Attributes:
      files: bucket and name to content. updated: when a file was last written; the others were in 2013.
      writes: how often a file was written by a request.
      locations: bucket to where it is; the others are in us-central1.
      measured: time series of Cloud Monitoring, as its API writes them.
      refuse: method and path pattern to an error that is answered. delay_s: before every answer.
      calls: method and path of every request, in order.
    """

    jobs: dict[str, Any] = dataclasses.field(default_factory=dict)
    custom_jobs: dict[str, Any] = dataclasses.field(default_factory=dict)
    artifacts: dict[str, list[Any]] = dataclasses.field(default_factory=dict)
    models: dict[str, list[Any]] = dataclasses.field(default_factory=dict)
    endpoints: dict[str, Any] = dataclasses.field(default_factory=dict)
    measured: list[Any] = dataclasses.field(default_factory=list)
    schedules: dict[str, Any] = dataclasses.field(default_factory=dict)
    files: dict[str, bytes] = dataclasses.field(default_factory=dict)
    writes: dict[str, int] = dataclasses.field(default_factory=dict)
    locations: dict[str, str] = dataclasses.field(default_factory=dict)
    updated: dict[str, dt.datetime] = dataclasses.field(default_factory=dict)
    refuse: dict[str, RefusedError] = dataclasses.field(default_factory=dict)
    delay_s: float = 0.0
    calls: list[str] = dataclasses.field(default_factory=list)
    url: str = ""
    one_at_a_time: Any = dataclasses.field(default_factory=threading.Lock)


def parsed(message_type: Any, body: bytes) -> Any:
    """A request's body as the API's own message; an unknown field or a wrong type is refused."""
    message = message_type.pb()()
    try:
        json_format.Parse(body or b"{}", message)
    except json_format.ParseError as error:
        raise RefusedError(400, "INVALID_ARGUMENT", f"Invalid JSON payload received. {error}") from error
    return message_type.wrap(message)


def need(condition: Any, message: str) -> None:
    """Refuses with INVALID_ARGUMENT."""
    if not condition:
        raise RefusedError(400, "INVALID_ARGUMENT", message)
