"""Texts that are safe to send: valid Unicode, without control characters, no longer than a service takes."""

from __future__ import annotations

from collections.abc import Callable

_CUT = "…"


def lines(text: str) -> str:
    """Returns a text that all encodings of Unicode can write; control signs but line breaks become blanks."""
    valid = text.encode("utf-8", "replace").decode()
    return "\n".join(_printable(line) for line in valid.splitlines())


def one_line(text: str) -> str:
    """Returns a text on one line: whoever puts it into a header cannot add another header with it."""
    return " ".join(lines(text).split())


def cut(text: str, most: int) -> str:
    """Returns a text of at most so many characters, its end cut off."""
    return text if len(text) <= most else text[: most - len(_CUT)] + _CUT


def fitted(text: str, most_bytes: int, sized: Callable[[str], bytes]) -> bytes:
    """Returns the bytes made of a text, which is halved until they are few enough.

    Args:
      text: what may be shortened.
      most_bytes: what the receiver takes.
      sized: makes the bytes of a text.
    """
    made = sized(text)
    while len(made) > most_bytes and len(text) > 1:
        text = cut(text, len(text) // 2)
        made = sized(text)
    return made


def _printable(line: str) -> str:
    return "".join(sign if sign.isprintable() or sign == " " else " " for sign in line)
