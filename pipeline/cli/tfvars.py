"""Reads a tfvars file as far as it is made of texts, numbers and maps, and sees keys that stand twice.

Terraform refuses a variable that is set twice, but of a key that stands twice in a map it takes the last one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

_TOKEN = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"|(?P<skip>#[^\n]*|//[^\n]*|/\*.*?\*/|[,\s]+)|(?P<sign>[{}\[\]=:])'
    r'|(?P<word>[^\s{}\[\]=:,"#]+)',
    re.DOTALL,
)


@dataclasses.dataclass(frozen=True)
class Tfvars:
    """What a file says.

    Attributes:
      values: variable to text, list or mapping; of a key that stands twice the last, as Terraform has it.
      doubled: keys that stand twice, with those above them, as in `schedules.nightly`.
    """

    values: dict[str, Any]
    doubled: tuple[str, ...]


def read(text: str) -> Tfvars:
    """Reads the text of a file; what is no assignment is passed over, as Terraform names it better."""
    tokens = [token for token in _TOKEN.finditer(text) if token.lastgroup != "skip"]
    doubled: list[str] = []
    return Tfvars(_mapping(iter(tokens), "", doubled), tuple(doubled))


def _mapping(tokens: Iterator[re.Match[str]], path: str, doubled: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    key = None
    for token in tokens:
        if token.group("sign") == "}":
            break
        if token.group("sign") in ("=", ":") and key is not None:
            if key in values:
                doubled.append(f"{path}{key}")
            values[key] = _value(next(tokens, None), tokens, f"{path}{key}.", doubled)
            key = None
        else:
            key = token.group("text") if token.group("text") is not None else token.group("word")
    return values


def _value(
    token: re.Match[str] | None, tokens: Iterator[re.Match[str]], path: str, doubled: list[str]
) -> Any:
    if token is None:
        return None
    if token.group("sign") == "{":
        return _mapping(tokens, path, doubled)
    if token.group("sign") == "[":
        return _items(tokens, path, doubled)
    return token.group("text") if token.group("text") is not None else token.group("word")


def _items(tokens: Iterator[re.Match[str]], path: str, doubled: list[str]) -> list[Any]:
    items = []
    for token in tokens:
        if token.group("sign") == "]":
            break
        items.append(_value(token, tokens, path, doubled))
    return items
