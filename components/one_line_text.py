"""Texts that people write, which are shown on one line."""

from __future__ import annotations

import unicodedata

_BREAKING = (
    "Cc",
    "Zl",
    "Zp",
    "Cs",
)  # control characters, separators of lines and paragraphs, halves of a pair


def is_one_line(text: str) -> bool:
    """Returns whether a text is one line, without control characters and what no encoding can write."""
    return all(unicodedata.category(character) not in _BREAKING for character in text)
