"""The notifier that writes a line to stderr, and into the run's log if that is a file here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitoring.notify import text
from monitoring.notify.message import Message
from monitoring.notify.notifier import NotifyError
from monitoring.notify.secrets import Secrets


class LogNotifier:
    """Writes one line a message."""

    def __init__(self, settings: Mapping[str, Any], secrets: Secrets):
        """Takes no settings."""
        del settings, secrets

    def send(self, message: Message) -> None:
        """Writes the line.

        Raises:
          NotifyError: the log cannot be written.
        """
        line = as_line(message)
        print(line.encode(sys.stderr.encoding or "utf-8", "backslashreplace").decode(), file=sys.stderr)
        append(message.log, line)


def as_line(message: Message) -> str:
    """Returns a message as one line of a log."""
    details = ", ".join(f"{name} {value}" for name, value in message.details.items())
    whole = f"notify: {message.severity}: {message.kind}: {message.title}"
    return text.one_line(" | ".join(part for part in (whole, message.text, details) if part))


def append(log: str, line: str) -> None:
    """Adds a line to a log, if that is a file here.

    Raises:
      NotifyError: it cannot be written.
    """
    path = Path(log)
    try:
        if log and path.is_file():
            with path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise NotifyError(f"the log cannot be written: {why}") from error
