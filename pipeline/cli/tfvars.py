"""Reads a tfvars file as far as it is made of texts, numbers and maps, and sees keys that stand twice.

Terraform refuses a variable that is set twice, but of a key that stands twice in a map it takes the last one.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError

_TOKEN = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"|(?P<skip>#[^\n]*|//[^\n]*|/\*.*?\*/|[,\s]+)|(?P<sign>[{}\[\]=:])'
    r'|(?P<word>[^\s{}\[\]=:,"#]+)',
    re.DOTALL,
)
_DEEPEST = 20  # braces and brackets in one another; a map of objects has 2


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
    """Reads the text of a file; what is no assignment is passed over, as Terraform names it better.

    Raises:
      ConfigError: braces and brackets stand in one another too deep.
    """
    tokens = [token for token in _TOKEN.finditer(text) if token.lastgroup != "skip"]
    _refuse_deep(tokens)
    doubled: list[str] = []
    return Tfvars(_mapping(iter(tokens), "", doubled), tuple(doubled))


def unreadable(folder: Path) -> Iterator[tuple[str, str]]:
    """Yields the name of each tfvars file of a folder that cannot be read, and why not."""
    for path in sorted(folder.glob("*.tfvars")):
        try:
            read(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            yield path.name, f"is not UTF-8 (byte {error.start})"
        except OSError as error:
            yield path.name, f"cannot be read ({error.strerror})"
        except ConfigError as error:
            yield path.name, str(error)


def _refuse_deep(tokens: list[re.Match[str]]) -> None:
    depth = 0
    for token in tokens:
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group("sign"), 0)
        if depth > _DEEPEST:
            raise ConfigError(f"has more than {_DEEPEST} braces and brackets in one another")


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
