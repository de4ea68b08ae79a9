"""Answers at the address of one of Google's APIs that are another server's, a proxy's or a log-in page.

Google's clients take every answer for one of their service, and fail somewhere inside or read an empty list.
An answer is duck-typed as a `requests.Response`, which all of them are sent by REST.
"""

from __future__ import annotations

import contextlib
import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

from serving.client.foreign_answer import excerpt

_RESUME = 308  # how an upload goes on


class ForeignAnswerError(OSError):
    """One line: address, status, what was answered, what was expected."""


def json_object(answer: Any, key: str | None = None) -> dict[str, Any]:
    """Returns the object in an answer.

    Args:
      answer: of a request.
      key: that the object must have; None for an answer that may be empty.

    Raises:
      ForeignAnswerError: it holds something else.
    """
    try:
        values = json.loads(_content(answer))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or key not in (None, *values):
        raise ForeignAnswerError(_described(answer))
    return values


def refuse(answer: Any, **_: Any) -> None:
    """Refuses foreign answers; a hook for a session of `requests`.

    Refusals and faults (4xx, 5xx) pass: clients know which of them to repeat, and `named` reads what is left.

    Raises:
      ForeignAnswerError: what should be JSON is not, or the address leads elsewhere.
    """
    if answer.status_code < 400 and answer.status_code != _RESUME and not _is_file(answer.url):
        json_object(answer)


@contextlib.contextmanager
def named() -> Iterator[None]:
    """Turns a client's error, if a foreign answer is behind it, into one that says so.

    Raises:
      ForeignAnswerError: what was answered.
    """
    try:
        yield
    except Exception as error:
        said = _of_error(error)
        if said is None:
            raise
        raise ForeignAnswerError(said) from error


def _of_error(error: BaseException | None) -> str | None:
    """Returns what an error or its causes say of a foreign answer; None where they say of none."""
    while error is not None:
        answer = getattr(error, "response", None)
        if hasattr(answer, "status_code"):  # by gRPC it is something else
            try:
                json_object(answer)
            except ForeignAnswerError as foreign:
                return str(foreign)
        error = error.__cause__
    return None


def asked(error: BaseException | None) -> str:
    """Returns ` at <address>`, where the request went that an error ended; nothing where it does not say."""
    while error is not None:
        url = getattr(getattr(error, "request", None), "url", None)
        if url:
            return f" at {_origin(url)}"
        error = error.__cause__
    return ""


def _origin(url: str) -> str:
    place = urllib.parse.urlsplit(url)
    return f"{place.scheme}://{place.netloc}"


def _described(answer: Any) -> str:
    leads = answer.headers.get("Location")
    elsewhere = f" and leads to {excerpt(leads)!r}" if leads else ""
    return (
        f"{_origin(answer.url)} answers status {answer.status_code}{elsewhere}, "
        f"{excerpt(_content(answer))!r}; expected JSON of a Google API"
    )


def _content(answer: Any) -> bytes:
    """Returns what was sent; what cannot be unpacked as it claims to be packed is nothing."""
    try:
        return answer.content
    except OSError:  # a `requests.RequestException`
        return b""


def _is_file(url: str) -> bool:
    """Returns whether content of files is sent, which need not be JSON."""
    parts = urllib.parse.urlsplit(url)
    return parts.path.startswith("/upload/") or "media" in urllib.parse.parse_qs(parts.query).get("alt", ())
