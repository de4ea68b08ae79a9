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
# What Cloud Storage tells of an object: cloud.google.com/storage/docs/pubsub-notifications#events
_CREATED = "OBJECT_FINALIZE"
_STORAGE_EVENTS = (_CREATED, "OBJECT_METADATA_UPDATE", "OBJECT_DELETE", "OBJECT_ARCHIVE")
_CLOCKS_DIFFER = dt.timedelta(minutes=10)
_LONGEST_DETAIL = 200
MOST_WINDOWS = 10


class UnreadableEventError(Exception):
    """A message that this function does not understand; it goes to the dead letters with this text."""


class NothingAskedError(Exception):
    """A message that is understood and asks for no run."""


def read(delivery: bytes, uploads: str, now: dt.datetime) -> tuple[Request, str]:
    """Reads a delivery of Pub/Sub, as it is pushed: an object that holds a message.

    Args:
      delivery: the request's body.
      uploads: the bucket in which an object below ready/ asks for a run.
      now: with time zone.

    Returns:
      The request, and its detail: a text for people.

    Raises:
      UnreadableEventError: naming what was there and what was expected.
      NothingAskedError: an alert has closed, or an object is no marker; services tell of these as well.
    """
    try:
        return _read(delivery, uploads, now)
    except RecursionError as error:
        raise UnreadableEventError("the message is nested too deeply to be read") from error


def _read(delivery: bytes, uploads: str, now: dt.datetime) -> tuple[Request, str]:
    try:
        data = json.loads(delivery)
    except ValueError as error:
        raise UnreadableEventError(f"the delivery is not JSON: {error}") from error
    message = data.get("message") if isinstance(data, Mapping) else None
    if not isinstance(message, Mapping):
        raise UnreadableEventError("the delivery carries no Pub/Sub message")
    attributes = message.get("attributes") or {}
    if not isinstance(attributes, Mapping):
        raise UnreadableEventError(
            f"the message's attributes are a {type(attributes).__name__}; expected a map"
        )
    stored = "objectId" in attributes
    reason, detail = _from_storage(attributes, uploads) if stored else _from_body(message)
    windows = 0 if stored else _windows(_body(message), reason)
    published = _time(message.get("publishTime"), now)
    if not (event := message.get("messageId")):
        raise UnreadableEventError("the message has no messageId, by which a second delivery is known")
    return Request(event=str(event), reason=reason, published=published, windows=windows), detail


def _from_storage(attributes: Mapping[str, Any], uploads: str) -> tuple[str, str]:
    """Reads a notification of Cloud Storage; a new object directly below ready/ asks for a run."""
    name, kind, bucket = (attributes.get(key) for key in ("objectId", "eventType", "bucketId"))
    if bucket != uploads:
        raise UnreadableEventError(
            f"storage tells of bucket {_shown(bucket)}; expected the bucket of uploads, {uploads}"
        )
    if not isinstance(name, str) or kind not in _STORAGE_EVENTS:
        raise UnreadableEventError(
            f"storage says {_shown(kind)} of {_shown(name)}; expected one of {', '.join(_STORAGE_EVENTS)}"
        )
    if kind != _CREATED or not _MARKER.fullmatch(name):
        raise NothingAskedError(
            f"storage says {kind} of {_shown(name)}, which is no new marker; one is ready/<name>, with no "
            "further slash"
        )
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


def _time(text: Any, now: dt.datetime) -> dt.datetime:
    """Reads when a message was published; one of the future would never be too late."""
    try:
        published = parse_time(str(text))
    except ValueError as error:
        raise UnreadableEventError(
            f"the message was published at {_shown(text)}, which is no time"
        ) from error
    if published - now > _CLOCKS_DIFFER:
        raise UnreadableEventError(f"the message was published at {text}, and now it is {now.isoformat()}")
    return published


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
