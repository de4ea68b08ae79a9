"""The entry point for the functions framework; `make trigger-package` puts this at the top of the zip."""

from __future__ import annotations

import functions_framework
from cloudevents.http import CloudEvent

from infra.functions.trigger.handler import handle


@functions_framework.cloud_event
def on_event(event: CloudEvent) -> None:
    """Answers one CloudEvent; returning acknowledges it."""
    handle(event["id"], event.get("time"), event.data)
