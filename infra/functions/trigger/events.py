"""What arrives on the topic: five kinds of messages that ask for a run, and everything else."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

from infra.google_apis import parse_time
from monitoring.retraining.rule import REASONS, Request
from serving.client.foreign_answer import excerpt

_MARKER = re.compile(r"ready/[^/]+")
_LONGEST_DETAIL = 200


class UnreadableEventError(Exception):
    """A message that this function does not understand; it goes to the dead letters with this text."""


def read(event_id: str, event_time: str | None, data: Any) -> tuple[Request, str]:
    """Reads a CloudEvent that carries a Pub/Sub message.

    Returns:
      The request, and its detail: a text for people.

    Raises:
      UnreadableEventError: naming what was there and what was expected.
    """
    message = data.get("message") if isinstance(data, Mapping) else None
    if not isinstance(message, Mapping):
        raise UnreadableEventError("the event carries no Pub/Sub message")
    event = str(message.get("messageId") or message.get("message_id") or event_id)
    sent = message.get("publishTime") or message.get("publish_time") or event_time
    attributes = message.get("attributes") or {}
    reason, detail = _from_storage(attributes) if "objectId" in attributes else _from_body(message)
    return Request(event=event, reason=reason, published=_time(sent)), detail


def _from_storage(attributes: Mapping[str, str]) -> tuple[str, str]:
    """Reads a notification of Cloud Storage about an object below ready/."""
    name = attributes["objectId"]
    if attributes.get("eventType") != "OBJECT_FINALIZE" or not _MARKER.fullmatch(name):
        raise UnreadableEventError(
            f"storage says {attributes.get('eventType')} of {name!r}; expected a marker below ready/"
        )
    return "new-data", name


def _from_body(message: Mapping[str, Any]) -> tuple[str, str]:
    body = _body(message)
    if "incident" in body:
        return _from_alert(body["incident"])
    reason = body.get("reason")
    if reason not in REASONS:
        raise UnreadableEventError(f"reason is {reason!r}; expected one of {', '.join(REASONS)}")
    return reason, excerpt(str(body.get("detail", "")), _LONGEST_DETAIL)


def _from_alert(incident: Any) -> tuple[str, str]:
    """Reads an alert of Cloud Monitoring; its policy's user label `reason` says which kind."""
    if not isinstance(incident, Mapping):
        raise UnreadableEventError("the alert's incident is no object")
    reason = (incident.get("policy_user_labels") or {}).get("reason")
    if reason not in ("drift", "performance"):
        raise UnreadableEventError(
            f"the alert policy's label `reason` is {reason!r}; expected drift or performance"
        )
    if incident.get("state") != "open":
        raise UnreadableEventError(f"the alert is {incident.get('state')!r}; only an open one asks for a run")
    return reason, excerpt(str(incident.get("policy_name", "")), _LONGEST_DETAIL)


def _body(message: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        body = json.loads(base64.b64decode(message.get("data") or "", validate=True))
    except (binascii.Error, ValueError) as error:
        raise UnreadableEventError(f"the message's data is not JSON in base64: {error}") from error
    if not isinstance(body, Mapping):
        raise UnreadableEventError(
            f"the message's data is a {type(body).__name__}; expected an object with a reason"
        )
    return body


def _time(text: Any) -> dt.datetime:
    try:
        return parse_time(str(text))
    except ValueError as error:
        raise UnreadableEventError(f"the message was published at {text!r}, which is no time") from error
