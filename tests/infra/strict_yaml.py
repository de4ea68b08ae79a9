"""YAML as GitHub and Cloud Build read it: `on` is a text, and a key that stands twice is a fault."""

from __future__ import annotations

import re
from typing import Any

import yaml


class DoubleKeyError(ValueError):
    """A key stands twice in a mapping; parsers take one of the two, and readers see the other."""


class _Loader(yaml.SafeLoader):
    """Of YAML 1.2, in which only true and false are booleans."""


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(true|false|True|False|TRUE|FALSE)$"), [*"tfTF"]
)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]  # type: ignore[no-untyped-call]
    double = {key for key in keys if keys.count(key) > 1}
    if double:
        raise DoubleKeyError(f"{', '.join(map(str, double))} stands twice{node.start_mark}")
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load(text: str) -> Any:
    """Returns what a text of YAML says.

    Raises:
      DoubleKeyError: it says something twice.
    """
    return yaml.load(text, Loader=_Loader)
