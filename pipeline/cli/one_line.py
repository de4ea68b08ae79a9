"""What the command line says of an error: one line, which a terminal can show."""

from __future__ import annotations

_MOST, _LAST = 2_000, 500


def one_line(text: str) -> str:
    """Returns a text with its control characters as escapes, and without the middle of a very long one."""
    line = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
    return line if len(line) <= _MOST else f"{line[: _MOST - _LAST]} … {line[-_LAST:]}"
