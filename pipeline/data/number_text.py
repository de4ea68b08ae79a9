"""Numbers as people write them: which texts are numbers under a rule, as regular expressions. Pure Python."""

from __future__ import annotations

import re

from pipeline.data.rules import ColumnRule

# A blank between thousands may be one that does not break.
_BLANKS = "[ \u00a0\u202f\u2009]"


def number_pattern(rule: ColumnRule) -> str:
    """Returns the regular expression (RE2) of the numbers that a rule reads, what it removes left out."""
    digits = f"(?:{_grouped(rule)}[0-9]+)"
    point = re.escape(rule.decimal)
    if rule.reading == "whole":
        return f"^[-+]?{digits}(?:{point}0+)?$"
    return f"^[-+]?(?:{digits}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][-+]?[0-9]+)?$"


def thousands_pattern(rule: ColumnRule) -> str:
    """Returns the regular expression of what may stand between thousands."""
    return _BLANKS if rule.thousands == " " else "['’]" if rule.thousands == "'" else re.escape(rule.thousands)


def removed_pattern(rule: ColumnRule) -> str:
    """Returns the regular expression of what is removed before and after a number, with blanks."""
    words = "|".join(re.escape(word) for word in sorted(rule.remove, key=len, reverse=True))
    return f"(?:{words})"


def expected_number(rule: ColumnRule) -> str:
    """Returns what a message calls the numbers of a rule."""
    if rule.reading == "whole":
        words = "a whole number"
    else:
        words = f"a number with a decimal {'comma' if rule.decimal == ',' else 'point'}"
    if rule.thousands:
        words += f" (thousands apart by {rule.thousands!r})"
    return words


def _grouped(rule: ColumnRule) -> str:
    return f"[0-9]{{1,3}}(?:{thousands_pattern(rule)}[0-9]{{3}})+|" if rule.thousands else ""
