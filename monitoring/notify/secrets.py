"""Secrets: looked up where a reference says, and kept out of all that is said."""

from __future__ import annotations

import base64
import os
import re
import urllib.parse
from pathlib import Path

from monitoring.notify.references import FORMS, is_reference

SECRET_MANAGER = "https://secretmanager.googleapis.com/v1"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_HIDDEN = "(secret)"
_SHORTEST = 4  # characters of a secret: a shorter one stands in half of all words, and guards nothing
_SHORTEST_PART = 6  # a shorter part of an address, such as `hooks`, says nothing


class SecretError(Exception):
    """A reference that leads to no secret; says which, never what is there."""


class Secrets:
    """The secrets that one notifier has looked up, so that they can be taken out of what it says."""

    def __init__(self, timeout_s: float = 10.0):
        self._timeout_s = timeout_s
        self._values: list[str] = []

    def __repr__(self) -> str:
        return "Secrets()"

    def look_up(self, reference: str) -> str:
        """Returns the secret that a reference leads to, without white space around it.

        Raises:
          SecretError: it is no reference, or there is nothing where it leads, or too little.
        """
        if not is_reference(reference):
            raise SecretError(f"a secret is written out where there should be a reference ({FORMS})")
        kind, _, where = reference.partition(":")
        read = {"env": _variable, "file": _file, "secret": self._version}[kind]
        value = read(where).strip()
        if not value:
            raise SecretError(f"{reference} is empty")
        if len(value) < _SHORTEST:
            raise SecretError(
                f"{reference} holds fewer than {_SHORTEST} characters, which are no secret: they would be "
                "taken out of every message; take a longer one"
            )
        self._values.append(value)
        return value

    def redacted(self, text: str) -> str:
        """Returns a text without the secrets, whole or in part, plain or as URLs and log-ins encode them."""
        for form in sorted({form for value in self._values for form in _forms(value)}, key=len, reverse=True):
            text = text.replace(form, _HIDDEN)
        return text

    def _version(self, name: str) -> str:
        import google.auth
        from google.auth import exceptions
        from google.auth.transport import requests

        reference = f"secret:{name}"
        try:
            credentials, _ = google.auth.default(scopes=[_SCOPE])
            session = requests.AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
            answer = session.get(f"{SECRET_MANAGER}/{name}:access", timeout=self._timeout_s)
        except (exceptions.GoogleAuthError, OSError) as error:
            raise SecretError(f"{reference} cannot be read: {type(error).__name__}") from None
        if answer.status_code != 200:
            raise SecretError(f"{reference} cannot be read: Secret Manager answered {answer.status_code}")
        try:
            return base64.b64decode(answer.json()["payload"]["data"]).decode()
        except (ValueError, KeyError, TypeError):
            raise SecretError(f"{reference} cannot be read: the answer holds no text") from None


def _variable(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise SecretError(f"env:{name} is not set")
    return value


def _file(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise SecretError(f"file:{path} cannot be read: {why}") from None


def _forms(value: str) -> set[str]:
    """Returns what shows a secret: itself, encoded, and each long part of it if it is an address."""
    plain = {value}
    if "://" in value:
        rest = value.partition("://")[2]
        plain |= {rest, *(part for part in re.split(r"[/?&=:@#]", rest) if len(part) >= _SHORTEST_PART)}
    encoded = {urllib.parse.quote(each, safe="") for each in plain} | {
        urllib.parse.unquote(each) for each in plain
    }
    as_log_in = base64.b64encode(value.encode("utf-8", "replace")).decode()
    forms = {*plain, *encoded, repr(value)[1:-1], as_log_in, as_log_in.rstrip("=")}
    return {form for form in forms if len(form) >= _SHORTEST}
