"""Whether a text that is not all UTF-8 was written as UTF-8 and damaged. Pure Python."""

from __future__ import annotations

# A text of one byte a letter has next to no sequence that is UTF-8 too: a capital like É, then a mark like ».
_SHARE_OF_UTF8 = 0.1


def is_mixed(whole: int, broken: int) -> bool:
    """Returns whether letters are UTF-8 in too many places for a text in another encoding.

    Args:
      whole: letters beyond ASCII that are UTF-8.
      broken: bytes that are no part of one.
    """
    return whole >= _SHARE_OF_UTF8 * (whole + broken)


def fault(line: int, byte: int, whole: int, broken: int) -> str:
    """Returns what is said of a mixed text.

    Args:
      line: of the first broken byte.
      byte: which it is.
      whole: letters beyond ASCII that are UTF-8.
      broken: bytes that are no part of one.
    """
    more = f" and {broken - 1:,} more" if broken > 1 else ""
    letters = f"{whole:,} other letter{'s' * (whole != 1)} of the file {'is' if whole == 1 else 'are'}"
    return (
        f"line {line} is not UTF-8 (byte 0x{byte:02X}{more}), and {letters}; the file is damaged or mixes "
        "encodings: correct that line, or save all of it as UTF-8"
    )
