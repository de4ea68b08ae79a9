"""What a value must be, and what to say of one that is not: the same words for files and for requests."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["int", "float", "text", "bool"]

# In a model's inputs it stands for a whole number that is missing, so nowhere is it a value.
MISSING_INT = -(2**63)
# A float of 64 bits holds whole numbers below this one with all their digits.
EXACT_BELOW = 10**15

_SHOWN = 40
_BLANKS = " \t"  # that may stand around a number
_WORDS: dict[Kind, str] = {
    "int": "a whole number",
    "float": "a finite number",
    "text": "UTF-8 text",
    "bool": "true or false",
}
_DAY = "a day written YYYY-MM-DD"
_TIMESTAMP = "a time written YYYY-MM-DD HH:MM:SS"
_NOTHING_KNOWN = frozenset(["na", "n/a", "#n/a", "nan", "null", "none", "nil", "-", "--", "?", "."])
_ENDLESS = frozenset(["inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"])
_DIGITS = re.compile(r"[-+]?[0-9]+")
_WHOLE_DECIMAL = re.compile(r"[-+]?[0-9]+\.0+")
_DECIMAL = re.compile(r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?|[-+]?[0-9]+\.")


def refusal(kind: Kind, value: object) -> str:
    """Returns `'1_545' is not a whole number; ...`: the value's beginning, what it should be, what to do."""
    text = str(value)
    plain = text.strip(_BLANKS)
    words = _WORDS[kind]
    if kind == "int" and _DIGITS.fullmatch(plain):
        if plain.startswith("+"):
            words = "a whole number without a sign"
        elif not -(2**63) <= int(plain[:40]) < 2**63:
            words = "a whole number of 64 bits"
    return f"{quoted(text)} is not {words}{_advice(kind, plain)}"


def day_refusal(value: object) -> str:
    """Returns the same for a text that is no day of the calendar."""
    return f"{quoted(value)} is not {_DAY}"


def timestamp_refusal(value: object) -> str:
    """Returns the same for a text that is no day of the calendar with a time of the day."""
    return f"{quoted(value)} is not {_TIMESTAMP}"


def describe(kind: Kind) -> str:
    """Returns what a value of this kind is called."""
    return _WORDS[kind]


def quoted(value: object) -> str:
    """Returns the first 40 characters of a value, quoted and without control characters."""
    text = str(value)
    return repr(text[:_SHOWN]) + ("…" if len(text) > _SHOWN else "")


def whole(value: float) -> int | None:
    """Returns the whole number that a float is; None if it has a fraction or may have lost digits."""
    return int(value) if abs(value) < EXACT_BELOW and value == int(value) else None


def _advice(kind: Kind, text: str) -> str:
    if kind not in ("int", "float"):
        return ""
    if text.lower() in _ENDLESS:
        return "; numbers end at 3.4e38; leave it empty if nothing is known"
    if not text or text.lower() in _NOTHING_KNOWN:
        return "; leave it empty if nothing is known"
    if any(character.isdecimal() and not character.isascii() for character in text):
        return "; write the digits 0 to 9"
    if kind == "int" and _WHOLE_DECIMAL.fullmatch(text):
        return "; a decimal holds so many digits not for certain, so write it without the point"
    if kind == "int" and _DECIMAL.fullmatch(text) and not _DIGITS.fullmatch(text):
        return "; round it, or make the column a float32"
    if "," in text:
        return "; write a point before decimals, and nothing between thousands"
    return ""
