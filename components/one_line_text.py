"""Texts that people write, which are shown on one line."""

from __future__ import annotations

import unicodedata

# Control characters, separators of lines and paragraphs, halves of a pair.
_BREAKING = ("Cc", "Zl", "Zp", "Cs")
# Turn the direction of what is shown after them: a terminal would show another text than was recorded.
_TURNING = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")


def is_one_line(text: str) -> bool:
    """Returns whether a text is one line, without control characters and what no encoding can write."""
    return not any(
        unicodedata.category(character) in _BREAKING or unicodedata.bidirectional(character) in _TURNING
        for character in text
    )
