"""Numbers as people write them: which texts are numbers under a rule, as regular expressions. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.data.rules.import_rules import ColumnRule

# Blanks between thousands or before a unit; some do not break.
BLANKS = (" ", "\u00a0", "\u202f", "\u2009")
_APOSTROPHES = ("'", "\u2019")
MINUS = "\u2212"  # the sign of mathematics, which spreadsheets write
_SIGN, _MINUS = f"[-+{MINUS}]", f"[-{MINUS}]"
# A minus after a number, as SAP writes it, and where it goes.
TRAILING_MINUS = (r"^(.+)-$", r"-\1")
_BLANK = f"[{''.join(BLANKS)}]"


def number_pattern(rule: ColumnRule) -> str:
    """Returns the regular expression (RE2) of the cells that are numbers under a rule."""
    digits = _digits(rule)
    word = f"(?:{'|'.join(re.escape(each) for each in _longest_first(rule.remove))})?" if rule.remove else ""
    before = f"(?:{_SIGN}?{_BLANK}*{word}|{word}{_BLANK}*{_SIGN}?){_BLANK}*" if word else f"{_SIGN}?"
    after = f"{_BLANK}*{word}" if word else ""
    unsigned = f"{word}{_BLANK}*{digits}{after}{_BLANK}*" if word else digits
    shapes = [f"{before}{digits}{after}", f"{unsigned}{_MINUS}"]
    if rule.negative_parentheses:
        inside = f"{word}{_BLANK}*{digits}{after}"
        shapes.append(f"{word}{_BLANK}*\\({_BLANK}*{inside}{_BLANK}*\\){after}")
    return f"^(?:{'|'.join(shapes)})$"


def replacements(rule: ColumnRule) -> tuple[tuple[str, str], ...]:
    """Returns what to replace by what, in this order, in a cell that is a number, so that Python reads it.

    A minus at the end still stands there: TRAILING_MINUS.
    """
    pairs = [(MINUS, "-"), *((word, "") for word in _longest_first(rule.remove))]
    if rule.negative_parentheses:
        pairs += [("(", "-"), (")", "")]
    if rule.remove or rule.negative_parentheses or rule.thousands == " ":
        pairs += [(blank, "") for blank in BLANKS]
    if rule.thousands == "'":
        pairs += [(apostrophe, "") for apostrophe in _APOSTROPHES]
    if rule.thousands in (".", ","):
        pairs.append((rule.thousands, ""))
    if rule.decimal != ".":
        pairs.append((rule.decimal, "."))
    return tuple(pairs)


def python_number(text: str, rule: ColumnRule) -> str:
    """Returns a cell that is a number as Python writes it."""
    for old, new in replacements(rule):
        text = text.replace(old, new)
    return re.sub(*TRAILING_MINUS, text)


def plain_marks(text: str) -> str:
    """Returns a number with the plain one of each mark that is written in several ways."""
    marks: dict[str, str | int | None] = {
        MINUS: "-",
        _APOSTROPHES[1]: _APOSTROPHES[0],
        **dict.fromkeys(BLANKS, " "),
    }
    return text.translate(str.maketrans(marks))


def expected_number(rule: ColumnRule) -> str:
    """Returns what a message calls the numbers of a rule."""
    if rule.reading == "whole":
        words = "a whole number"
    else:
        words = f"a number with a decimal {'comma' if rule.decimal == ',' else 'point'}"
    if rule.thousands:
        words += f" (thousands apart by {rule.thousands!r})"
    return words


def _digits(rule: ColumnRule) -> str:
    whole = f"(?:{_grouped(rule)}[0-9]+)"
    point = re.escape(rule.decimal)
    if rule.reading == "whole":
        return f"{whole}(?:{point}0+)?"
    return f"(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][-+]?[0-9]+)?"


def _grouped(rule: ColumnRule) -> str:
    """Returns the pattern of groups of three digits, a bar after it; nothing where there are none."""
    if not rule.thousands:
        return ""
    between = {" ": _BLANK, "'": f"[{''.join(_APOSTROPHES)}]"}.get(rule.thousands, re.escape(rule.thousands))
    return f"[0-9]{{1,3}}(?:{between}[0-9]{{3}})+|"


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)
