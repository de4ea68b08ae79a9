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
MOST_WINDOWS = 10


class UnreadableEventError(Exception):
    """A message that this function does not understand; it goes to the dead letters with this text."""


class NothingAskedError(Exception):
    """A message that is understood and asks for no run."""


def read(event_id: str, event_time: str | None, data: Any) -> tuple[Request, str]:
    """Reads a CloudEvent that carries a Pub/Sub message.

    Returns:
      The request, and its detail: a text for people.

    Raises:
      UnreadableEventError: naming what was there and what was expected.
      NothingAskedError: an alert has closed, which Cloud Monitoring tells as well.
    """
    message = data.get("message") if isinstance(data, Mapping) else None
    if not isinstance(message, Mapping):
        raise UnreadableEventError("the event carries no Pub/Sub message")
    event = str(message.get("messageId") or message.get("message_id") or event_id)
    sent = message.get("publishTime") or message.get("publish_time") or event_time
    attributes = message.get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise UnreadableEventError(
            f"the message's attributes are a {type(attributes).__name__}; expected a map"
        )
    reason, detail = _from_storage(attributes) if "objectId" in attributes else _from_body(message)
    windows = 0 if "objectId" in attributes else _windows(_body(message), reason)
    return Request(event=event, reason=reason, published=_time(sent), windows=windows), detail


def _from_storage(attributes: Mapping[str, Any]) -> tuple[str, str]:
    """Reads a notification of Cloud Storage about an object below ready/."""
    name = str(attributes["objectId"])
    if attributes.get("eventType") != "OBJECT_FINALIZE" or not _MARKER.fullmatch(name):
        kind = _shown(attributes.get("eventType"))
        raise UnreadableEventError(f"storage says {kind} of {_shown(name)}; expected a marker below ready/")
    return "new-data", excerpt(name, _LONGEST_DETAIL)


def _from_body(message: Mapping[str, Any]) -> tuple[str, str]:
    body = _body(message)
    if "incident" in body:
        return _from_alert(body["incident"])
    reason = body.get("reason")
    if reason not in REASONS:
        raise UnreadableEventError(f"reason is {_shown(reason)}; expected one of {', '.join(REASONS)}")
    return reason, excerpt(str(body.get("detail", "")), _LONGEST_DETAIL)


def _from_alert(incident: Any) -> tuple[str, str]:
    """Reads an alert of Cloud Monitoring; its policy's user label `reason` says which kind."""
    if not isinstance(incident, Mapping):
        raise UnreadableEventError("the alert's incident is no object")
    labels = incident.get("policy_user_labels") or {}
    if not isinstance(labels, Mapping):
        raise UnreadableEventError(f"the alert policy's labels are a {type(labels).__name__}; expected a map")
    reason = labels.get("reason")
    if reason not in ("drift", "performance"):
        raise UnreadableEventError(
            f"the alert policy's label `reason` is {_shown(reason)}; expected drift or performance"
        )
    if incident.get("state") == "closed":
        raise NothingAskedError("the alert has closed; an open one asks for a run")
    if incident.get("state") != "open":
        state = _shown(incident.get("state"))
        raise UnreadableEventError(f"the alert is {state}; only an open one asks for a run")
    return reason, excerpt(str(incident.get("policy_name", "")), _LONGEST_DETAIL)


def _body(message: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        body = json.loads(base64.b64decode(message.get("data") or "", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
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
        raise UnreadableEventError(
            f"the message was published at {_shown(text)}, which is no time"
        ) from error


def _shown(value: Any) -> str:
    """Returns a value as it came, cut where it is long."""
    return excerpt(repr(value), _LONGEST_DETAIL)


def _windows(body: Mapping[str, Any], reason: str) -> int:
    """Returns of how many newest windows a message asks for the next; 0 for none."""
    windows = body.get("windows", 0)
    if windows == 0 and not isinstance(windows, bool):
        return 0
    if reason != "manual":
        raise UnreadableEventError(
            f"windows is {windows!r:.50} for reason {reason}; only manual may name windows"
        )
    if type(windows) is not int or not 1 <= windows <= MOST_WINDOWS:
        raise UnreadableEventError(
            f"windows is {windows!r:.50}; expected a whole number from 1 to {MOST_WINDOWS}"
        )
    return windows
