"""Values in messages: on one line, and short."""

from __future__ import annotations

_MOST, _LAST = 120, 20


def shown(value: object) -> str:
    """Returns a value as Python writes it, control characters escaped; a long one without its middle."""
    text = repr(value)
    if len(text) <= _MOST:
        return text
    return f"{text[: _MOST - _LAST]} … {text[-_LAST:]} ({len(text):,} characters)"


def typed(text: str) -> str:
    """Returns a text as it was typed, if a message can show it; else as a value."""
    return text if text.isprintable() and len(text) <= _MOST else shown(text)
