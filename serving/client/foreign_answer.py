"""What somebody else's server answered, in a message for people."""

from __future__ import annotations

import re

_LONGEST = 100
LONGEST_REFUSAL = 400  # of a model server's own sentence
# Control characters, what a terminal takes for them, and what stands for bytes that are no text.
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ufffd\ud800-\udfff]+")


def excerpt(answer: bytes | str, longest: int = _LONGEST) -> str:
    """Returns the beginning of an answer as one line without control characters."""
    beginning = answer[: 10 * longest]
    text = beginning.decode(errors="replace") if isinstance(beginning, bytes) else beginning
    line = _UNPRINTABLE.sub(" ", text).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
