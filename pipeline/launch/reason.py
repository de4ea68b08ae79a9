"""What a person writes and is recorded and shown as one line: a reason, a note, a name."""

from __future__ import annotations

import unicodedata

from components.one_line_text import is_one_line
from pipeline.errors import ConfigError

LONGEST = 2_000  # characters


def reason_of(text: str, what: str) -> str:
    """Returns a reason without the space around it.

    Args:
      text: as a person gave it.
      what: what takes the reason, for the message, such as `--ignore-champion`.

    Raises:
      ConfigError: it says nothing, is not one line or is too long, or is another option.
    """
    return _line(text, what, "reason", "say why in a few words")


def note_of(text: str, what: str) -> str:
    """Returns a note without the space around it; as `reason_of`."""
    return _line(text, what, "note", "write what others should know")


def name_of(text: str, what: str) -> str:
    """Returns the name of who decides something, without the space around it; as `reason_of`."""
    return _line(text, what, "name", "say who decides so")


def _line(text: str, what: str, kind: str, way_out: str) -> str:
    if text.startswith("--"):
        raise ConfigError(f"{what} takes a {kind}, and {text!r:.100} is an option; {way_out}")
    line = text.strip()
    if not any(unicodedata.category(character)[0] in "LNPS" for character in line):
        raise ConfigError(f"{what}: {text!r:.100} is no {kind}; {way_out}")
    if not is_one_line(line):
        raise ConfigError(f"{what}: {text!r:.100} has a control character in it; write one line of text")
    if len(line) > LONGEST:
        raise ConfigError(
            f"{what}: a {kind} may have {LONGEST:,} characters, and this one has {len(line):,}; shorten it, "
            "and keep the rest where it can be linked to"
        )
    return line
