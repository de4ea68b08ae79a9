"""Notifier: one way to tell people. A fork adds its own: a class with a constructor and `send`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Protocol

from monitoring.notify.message import Message
from monitoring.notify.secrets import Secrets

SHIPPED: Mapping[str, str] = {
    "log": "monitoring.notify.log.LogNotifier",
    "webhook": "monitoring.notify.webhook.WebhookNotifier",
    "email": "monitoring.notify.mail.EmailNotifier",
}


class NotifyError(Exception):
    """A message that could not be sent; one sentence of why, without any secret in it."""


class Notifier(Protocol):
    """What a notifier class offers."""

    def __init__(self, settings: Mapping[str, Any], secrets: Secrets):
        """Keeps the settings of the configuration; a secret among them is a reference, to be looked up."""

    def send(self, message: Message) -> None:
        """Sends a message, or raises why it could not."""


def make(kind: str, settings: Mapping[str, Any], secrets: Secrets) -> Notifier:
    """Returns a notifier.

    Args:
      kind: `log`, `webhook`, `email`, or the dotted name of a class.
      settings: what it takes.
      secrets: where it looks up what is secret.

    Raises:
      NotifyError: there is no such class.
    """
    dotted = SHIPPED.get(kind, kind)
    module, _, name = dotted.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise NotifyError(f"there is no notifier {dotted!r}: {error}") from error
    if not callable(getattr(found, "send", None)):
        raise NotifyError(f"{dotted!r} has no method `send(message)`")
    notifier: Notifier = found(settings, secrets)
    return notifier
