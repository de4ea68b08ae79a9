"""Evaluates the part of Cloud Logging's query language that the alert policies use.

https://cloud.google.com/logging/docs/view/logging-query-language: comparisons joined by AND; `=` is equality,
`:` is "has", a search for a part of the text, `:*` asks for the field to be there. What else the language
knows is refused, so that no filter passes unread.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_TERM = re.compile(r'(?P<field>[A-Za-z_][\w.]*)(?:(?P<how>[=:])"(?P<text>[^"\\]*)"|(?P<there>:\*))')
_EXTRACT = re.compile(
    r'(?:EXTRACT\((?P<whole>[\w.]+)\)|REGEXP_EXTRACT\((?P<field>[\w.]+), "(?P<regex>[^"]+)"\))'
)


def matches(query: str, entry: Mapping[str, Any]) -> bool:
    """Returns whether a log entry, as the API's JSON, is found by a query.

    Raises:
      ValueError: the query uses what this does not know.
    """
    return all(_holds(term, entry) for term in query.split(" AND "))


def extracted(extractor: str, entry: Mapping[str, Any]) -> str | None:
    """Returns the value that a label extractor takes out of an entry; None for none.

    Raises:
      ValueError: neither EXTRACT nor REGEXP_EXTRACT with one group.
    """
    known = _EXTRACT.fullmatch(extractor)
    if not known or (known["regex"] and re.compile(known["regex"]).groups != 1):
        raise ValueError(f"unknown extractor: {extractor}")
    value = _at(entry, known["whole"] or known["field"])
    if value is None or known["whole"]:
        return value
    found = re.search(known["regex"], str(value))
    return found[1] if found else None


def _holds(term: str, entry: Mapping[str, Any]) -> bool:
    known = _TERM.fullmatch(term)
    if not known:
        raise ValueError(f"unknown comparison: {term}")
    value = _at(entry, known["field"])
    if known["there"] or value is None:
        return value is not None
    if known["how"] == ":":
        return known["text"].casefold() in str(value).casefold()
    return str(value) == known["text"]


def _at(entry: Mapping[str, Any], path: str) -> Any:
    value: Any = entry
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
