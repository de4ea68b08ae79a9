"""Which values of a tfvars file are not of the type that Terraform's variables declare.

Terraform's own conversions are kept: a number may be written as a text, and a text as a number; null is of
every type. Its first plan would refuse the rest; this says so to who has no access to the project yet.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from components.shown import shown

_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_TYPE = re.compile(r"^  type\s*=(.*?)(?=^  \w|\Z)", re.MULTILINE | re.DOTALL)
_TOKEN = re.compile(r'"[^"]*"|[\w.-]+|[(){}]')
_WORDS = {
    "string": "a text",
    "number": "a number",
    "bool": "true or false",
    "list": "a list",
    "set": "a list",
}
_FORMS = {"number": re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"), "bool": re.compile("true|false")}


@dataclasses.dataclass(frozen=True)
class Declared:
    """A type of Terraform's.

    Attributes:
      name: string, number, bool, list, set, map or object.
      items: type of the items of a list, a set or a map.
      attributes: of an object.
      optional: whether an object may lack it.
    """

    name: str
    items: Declared | None = None
    attributes: Mapping[str, Declared] = dataclasses.field(default_factory=dict)
    optional: bool = False


def declared(text: str) -> dict[str, Declared]:
    """Returns the types of Terraform's variables.

    Args:
      text: of variables.tf.
    """
    return {
        name: _declared(iter(_TOKEN.findall(found.group(1))))
        for name, body in _VARIABLE.findall(text)
        if (found := _TYPE.search(body))
    }


def faults(values: Mapping[str, Any], types: Mapping[str, Declared]) -> Iterator[str]:
    """Yields what is not of its declared type, each by its name; what is not declared is passed over.

    Args:
      values: as `tfvars.read` returns.
      types: as `declared` returns.
    """
    for name, value in values.items():
        if name in types:
            yield from _faults(name, value, types[name])


def _declared(tokens: Iterator[str]) -> Declared:
    name = next(tokens)
    if name == "object":
        return Declared(name, attributes=_attributes(tokens))
    if name not in ("list", "set", "map", "optional"):
        return Declared(name)
    next(tokens)  # the bracket
    items = _declared(tokens)
    for token in tokens:  # the default of an attribute that an object may lack
        if token == ")":
            break
    return dataclasses.replace(items, optional=True) if name == "optional" else Declared(name, items)


def _attributes(tokens: Iterator[str]) -> dict[str, Declared]:
    attributes = {}
    for token in tokens:
        if token == ")":
            break
        if token not in "({}":
            attributes[token] = _declared(tokens)
    return attributes


def _faults(path: str, value: Any, kind: Declared) -> Iterator[str]:
    if value in (None, "null"):
        return
    if kind.name in ("map", "object") and isinstance(value, dict):
        yield from _in_mapping(path, value, kind)
    elif kind.name in ("list", "set") and isinstance(value, list) and kind.items:
        for number, each in enumerate(value):
            yield from _faults(f"{path}[{number}]", each, kind.items)
    elif not isinstance(value, str) or not _is_of(value, kind.name):
        yield f"{path} is {shown(value)}, not {_WORDS.get(kind.name, 'in braces')}"


def _in_mapping(path: str, value: Mapping[str, Any], kind: Declared) -> Iterator[str]:
    for key, each in value.items():
        of = kind.items or kind.attributes.get(key)
        if of:
            yield from _faults(f"{path}.{key}", each, of)
    for key, of in kind.attributes.items():
        if key not in value and not of.optional:
            yield f"{path} has no {key}"


def _is_of(value: str, name: str) -> bool:
    return name == "string" or (name in _FORMS and _FORMS[name].fullmatch(value) is not None)
