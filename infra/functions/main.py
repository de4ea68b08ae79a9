"""The entry point for the functions framework; `make trigger-package` puts this at the top of the zip."""

from __future__ import annotations

import functions_framework
from cloudevents.http import CloudEvent
from werkzeug.exceptions import TooManyRequests

from infra.functions.trigger.handler import AskAgainError, handle


@functions_framework.cloud_event
def on_event(event: CloudEvent) -> None:
    """Answers one CloudEvent; returning acknowledges it.

    Raises:
      TooManyRequests: status 429: Pub/Sub delivers the event again, and the function has not failed.
    """
    try:
        handle(event["id"], event.get("time"), event.data)
    except AskAgainError as later:
        raise TooManyRequests(str(later)) from None
