r"""Formats of dates and times of day, as for strptime, made regular expressions. Pure Python.

Python's strptime takes ten microseconds a cell, and pyarrow's takes February 31 for March 3; a regular
expression finds the parts of a whole column at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# Names of months, in lower case, to their numbers.
MONTHS = {
    **{name: at + 1 for at, name in enumerate(_MONTHS)},
    **{name[:3]: at + 1 for at, name in enumerate(_MONTHS)},
    "sept": 9,
}
_WEEKDAYS = "mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
# Directive to the pattern of its part; those of _NUMBERS may have one digit less, where nothing touches them.
_NUMBERS = "mdHIMSy"
_PATTERNS = {
    "Y": r"(?P<Y>[0-9]{4})",
    "b": rf"(?P<b>(?i:{_NAMES}))",
    "B": rf"(?P<b>(?i:{_NAMES}))",
    "a": rf"(?i:{_WEEKDAYS})",
    "A": rf"(?i:{_WEEKDAYS})",
    "p": r"(?P<p>(?i:[ap]\.?m\.?))",
    "f": r"[0-9]{1,9}",
    "q": r"[qQ](?P<q>[1-4])",  # of no strptime: a quarter, as its first month
    "z": r"(?:Z|[+-][0-9]{2}:?[0-9]{2}|[+-][0-9]{2}|UTC|GMT)",
}
# A date without a day is the first of its month; a time of day is on a day.
_DATE_PARTS = {"a year, %Y or %y": {"Y", "y"}, "a month, %m or %b": {"m", "b", "q"}}
_HOURS = {"H", "I"}
EPOCHS = {"unix seconds": 1, "unix milliseconds": 1000}


class FormatError(ValueError):
    """A format that cannot be used: what is wrong with it."""


def pattern_of(moment_format: str) -> str:
    r"""Returns the regular expression (RE2) of a format; its groups are named after the directives.

    Blanks in it are any number of blanks in a cell.

    Raises:
      FormatError: a directive is unknown or stands twice.
    """
    tokens = [*_tokens(moment_format)]
    parts: list[str] = []
    for at, (is_directive, text) in enumerate(tokens):
        if not is_directive:
            parts.append(r"[ \t]+" if text.isspace() else re.escape(text))
        elif text in _NUMBERS:
            touched = any(each[0] for each in (*tokens[max(at - 1, 0) : at], *tokens[at + 1 : at + 2]))
            digits = "{2}" if touched or text == "y" else "{1,2}"
            parts.append(f"(?P<{text}>[0-9]{digits})")
        elif text in _PATTERNS:
            parts.append(_PATTERNS[text])
        else:
            raise FormatError(
                f"%{text} is not known; known are %{' %'.join(sorted({*_NUMBERS, *_PATTERNS}))}"
            )
    names = parts_of(moment_format)
    if len(names) != len(set(names)):
        raise FormatError("a directive stands twice")
    return f"^{''.join(parts)}$"


def parts_of(moment_format: str) -> tuple[str, ...]:
    """Returns the directives whose values are used, %B as b."""
    names = (text.replace("B", "b") for is_directive, text in _tokens(moment_format) if is_directive)
    return tuple(name for name in names if name not in "aAfz")


def lacks(moment_format: str, *, date: bool, clock: bool) -> str | None:
    """Returns what a format has not that a date or a time of day needs; None if it has all."""
    if moment_format in EPOCHS:
        return None
    names = set(parts_of(moment_format))
    if date:
        for words, needed in _DATE_PARTS.items():
            if not needed & names:
                return words
        if _HOURS & names and "d" not in names:
            return "a day, %d"
    if clock and not _HOURS & names:
        return "an hour, %H or %I with %p"
    if "I" in names and "p" not in names:
        return "%p, which %I needs"
    return None


def _tokens(moment_format: str) -> Iterator[tuple[bool, str]]:
    """Yields directives without their percent sign, and the texts between them, blanks apart from others."""
    for match in re.finditer(r"%(.)|([ \t]+)|([^%\s]+)", moment_format):
        directive = match.group(1)
        if directive == "%":
            yield False, "%"
        else:
            yield directive is not None, directive or match.group()
    if moment_format.endswith("%") and not moment_format.endswith("%%"):
        raise FormatError("a percent sign ends it; write a directive such as %Y after it")
