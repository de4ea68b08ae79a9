"""A person's reason, which is recorded and shown as one line."""

from __future__ import annotations

import unicodedata

from components.one_line_text import is_one_line
from pipeline.errors import ConfigError


def reason_of(text: str, what: str) -> str:
    """Returns a reason without the space around it.

    Args:
      text: as a person gave it.
      what: what takes the reason, for the message, such as `--ignore-champion`.

    Raises:
      ConfigError: it says nothing, is not one line, or is another option.
    """
    if text.startswith("--"):
        raise ConfigError(f"{what} takes a reason, and {text!r:.100} is an option; say why in a few words")
    kinds = {unicodedata.category(character) for character in text.strip()}
    if not any(kind[0] in "LNPS" for kind in kinds):
        raise ConfigError(f"{what}: {text!r:.100} is no reason; say why in a few words")
    if not is_one_line(text.strip()):
        raise ConfigError(f"{what}: {text!r:.100} has a control character in it; write one line of text")
    return text.strip()
