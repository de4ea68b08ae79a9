"""The entry point for the functions framework; `make trigger-package` puts this at the top of the zip."""

from __future__ import annotations

import flask
import functions_framework
from werkzeug.exceptions import TooManyRequests

from infra.functions.trigger.handler import AskAgainError, handle


@functions_framework.http
def on_event(request: flask.Request) -> str:
    """Answers one delivery of Pub/Sub; returning acknowledges it.

    It takes the request as Pub/Sub pushes it: the framework's own conversion to an event refuses a message
    without data, which would be delivered a hundred times and never be seen here.

    Raises:
      TooManyRequests: status 429: Pub/Sub delivers the event again, and the function has not failed.
    """
    try:
        handle(request.get_data())
    except AskAgainError as later:
        raise TooManyRequests(str(later)) from None
    return ""
