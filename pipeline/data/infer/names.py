"""Names of columns: from whatever a header says to names that a served signature takes. Pure Python."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Sequence

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WORDS = {
    "%": " percent ",
    "€": " eur ",
    "$": " usd ",
    "£": " gbp ",
    "#": " number ",
    "&": " and ",
    "°": " deg ",
}
_LETTERS = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "Ä": "Ae",
    "Ö": "Oe",
    "Ü": "Ue",
    "ß": "ss",
    "ø": "o",
    "æ": "ae",
    "ł": "l",
}
_TAKEN = frozenset({"self"})
_LONGEST = 60


def identifiers(headers: Sequence[str]) -> tuple[str, ...]:
    """Returns a name for each header: its own if it can be one, else one made of its words.

    Names differ by more than their case, and none is a keyword of Python.
    """
    own = [header for header in headers if _usable(header)]
    taken: set[str] = set()
    names = {}
    for header in [*own, *(header for header in headers if not _usable(header))]:
        names[header] = _free(header if _usable(header) else _made(header), taken)
        taken.add(names[header].lower())
    return tuple(names[header] for header in headers)


def _usable(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not keyword.iskeyword(name) and name not in _TAKEN


def _made(header: str) -> str:
    text = "".join(_WORDS.get(each, _LETTERS.get(each, each)) for each in header)
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_").lower()[:_LONGEST].rstrip("_")
    if not name:
        return "column"
    if not name[0].isalpha():
        name = f"c_{name}"
    return name if _usable(name) else f"{name}_"


def _free(name: str, taken: set[str]) -> str:
    if name.lower() not in taken:
        return name
    number = 2
    while f"{name}_{number}".lower() in taken:
        number += 1
    return f"{name}_{number}"
