"""The notifier that posts JSON to a webhook."""

from __future__ import annotations

import http.client
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

from monitoring.notify import shapes
from monitoring.notify.message import Message
from monitoring.notify.notifier import NotifyError
from monitoring.notify.secrets import Secrets

_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_WORD = re.compile(r"[a-z]+(_[a-z]+)+")  # such as Slack's `no_service`


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the message goes where it was meant to go, or nowhere."""

    def redirect_request(self, *_: Any) -> None:
        """Returns no request, which makes an error of the answer."""


class WebhookNotifier:
    """Posts a message once."""

    def __init__(self, settings: Mapping[str, Any], secrets: Secrets):
        """Looks up the address.

        Args:
          settings: `url`, a reference; `shape`: json, slack or teams; `timeout_s`.
          secrets: where the address is looked up.

        Raises:
          SecretError: there is no such secret.
          NotifyError: what is there is no address that a message may be sent to.
        """
        self._shape = settings["shape"]
        self._timeout_s = settings["timeout_s"]
        self._url = secrets.look_up(settings["url"])
        _refuse_unfit(self._url, settings["url"])

    def send(self, message: Message) -> None:
        """Posts the message.

        Raises:
          NotifyError: the server could not be reached, or did not take it.
        """
        request = urllib.request.Request(
            self._url,
            data=shapes.body(self._shape, message),
            headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "evergreen"},
            method="POST",
        )
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=self._timeout_s):
                return
        except urllib.error.HTTPError as error:
            raise NotifyError(_answered(error)) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotifyError(_unreached(error)) from None


def _refuse_unfit(url: str, reference: str) -> None:
    """Raises unless an address is encrypted, or on this machine. Says nothing of the address itself."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise NotifyError(f"what {reference} holds is no address of a webhook") from None
    if not host or not url.isprintable() or " " in url or parts.username is not None:
        raise NotifyError(f"what {reference} holds is no address of a webhook, https://…")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _THIS_MACHINE):
        raise NotifyError(f"the address that {reference} holds is not https://, so it is not used")


def _answered(error: urllib.error.HTTPError) -> str:
    """Returns what a server answered. Of its own words only one such as `no_service` is repeated."""
    meaning = http.client.responses.get(error.code, "unknown")
    if 300 <= error.code < 400:
        return f"the server answered {error.code} ({meaning}); redirects are not followed"
    try:
        said = error.read(100).decode("ascii", "replace").strip()
    except (OSError, http.client.HTTPException):
        said = ""
    known = f": {said}" if len(said) <= 40 and _WORD.fullmatch(said) else ""
    return f"the server answered {error.code} ({meaning}{known})"


def _unreached(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "the server did not answer in time"
    if isinstance(cause, http.client.RemoteDisconnected):
        return "the server closed the connection without an answer"
    if isinstance(cause, http.client.HTTPException):
        return "what answered does not speak HTTP"
    why = getattr(cause, "verify_message", None) or getattr(cause, "strerror", None)
    return f"the server was not reached: {why or type(cause).__name__}"
