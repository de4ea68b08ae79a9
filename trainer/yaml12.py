"""Reads YAML by the rules of YAML 1.2's core schema, and keeps where each value stood.

PyYAML reads YAML 1.1, in which `no` is false, `1e-3` a text, `1:30` a number (90) and `0777` another. Here
`1e-3`, `5e3`, `0o777` and `0x1F` are numbers, and `no`, `1:30`, `0777` and dates are texts. A key that stands
twice, an alias, and a tag that is not of the core schema are refused.
https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator
from typing import Any

import yaml

Scalar = str | int | float | bool | None

_TAG = "tag:yaml.org,2002:"
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_BOOL = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_INT = re.compile(r"^(?:[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+)$")
_FLOAT = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
CORE = {"null": _NULL, "bool": _BOOL, "int": _INT, "float": _FLOAT}  # in the order in which they are tried


class YamlError(ValueError):
    """A text that is not one document of YAML's core schema.

    Attributes:
      line: where, from 1.
    """

    def __init__(self, message: str, line: int):
        super().__init__(message)
        self.line = line


@dataclasses.dataclass(frozen=True)
class Node:
    """A value and where it stands.

    Attributes:
      content: a scalar, or the nodes of a list or a mapping.
      source: the file, or what else it was read from.
      line: in the file, from 1; 0 where there are no lines.
      text: the characters of an unquoted scalar; None for everything else.
    """

    content: Scalar | tuple[Node, ...] | dict[str, Node]
    source: str
    line: int = 0
    text: str | None = None

    @property
    def origin(self) -> str:
        """Source and line, as in `base.yaml:12`."""
        return f"{self.source}:{self.line}" if self.line else self.source

    def plain(self) -> Any:
        """Returns the value as dict, list or scalar."""
        if isinstance(self.content, dict):
            return {key: node.plain() for key, node in self.content.items()}
        return [node.plain() for node in self.content] if isinstance(self.content, tuple) else self.content

    def has(self, path: tuple[str | int, ...]) -> bool:
        """Returns whether there is a node at a path."""
        node: Node | None = self
        for part in path:
            node = _child(node, part) if node else None
        return node is not None

    def find(self, path: tuple[str | int, ...]) -> Node:
        """Returns the node at a path, or the last one on the way there where the path ends early."""
        node = self
        for part in path:
            child = _child(node, part)
            if child is None:
                return node
            node = child
        return node


@functools.lru_cache(maxsize=64)  # a command reads its few files many times, and PyYAML is slow
def read(text: str, source: str, *, lines: bool = True) -> Node:
    """Reads one document; the same text from the same source is the same node, so leave it as it is.

    Args:
      text: the whole document.
      source: what to name the nodes' source.
      lines: whether nodes keep their lines.

    Raises:
      YamlError: it is not YAML, holds another number of documents than one, or something that is refused.
    """
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise YamlError("there is nothing in it", 1)
        return _node(root, source, lines=lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(filter(None, (error.context, error.problem)))
        raise YamlError(_plainer(said), mark.line + 1 if mark else 1) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(
            f"the character U+{ord(text[error.position]):04X} may not stand in YAML", line
        ) from error
    except RecursionError as error:
        raise YamlError("lists and mappings are nested too deeply", 1) from error


def from_plain(value: Any, source: str) -> Node:
    """Makes nodes of dicts, lists and scalars that were never text."""
    if isinstance(value, dict):
        return Node({str(key): from_plain(child, source) for key, child in value.items()}, source)
    if isinstance(value, (list, tuple)):
        return Node(tuple(from_plain(child, source) for child in value), source)
    return Node(value, source)


class _Loader(yaml.SafeLoader):
    """PyYAML's scanner and parser with the core schema's scalars, and without aliases."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Composes a value; refuses an alias, by which a few lines could become gigabytes."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            problem = f"the alias *{event.anchor} is not followed; write the value out"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
for _kind, _pattern in CORE.items():
    _Loader.add_implicit_resolver(_TAG + _kind, _pattern, None)


def _node(node: yaml.Node, source: str, *, lines: bool) -> Node:
    line = node.start_mark.line + 1
    kept = line if lines else 0
    if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
        return Node(dict(_members(node, source, lines=lines)), source, kept)
    if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
        return Node(tuple(_node(each, source, lines=lines) for each in node.value), source, kept)
    if isinstance(node, yaml.ScalarNode):
        return Node(_scalar(node, line), source, kept, None if node.style else node.value)
    raise YamlError(f"the tag {node.tag.replace(_TAG, '!!')} is not known here; remove it", line)


def _members(node: yaml.MappingNode, source: str, *, lines: bool) -> Iterator[tuple[str, Node]]:
    """Yields key and value; keys are names, whatever they look like."""
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError("a key is a name, not a list or a mapping", line)
        if key.value in seen:
            raise YamlError(f"the key {key.value!r} stands twice, first in line {seen[key.value]}", line)
        seen[key.value] = line
        child = _node(value, source, lines=lines)
        yield key.value, dataclasses.replace(child, line=line if lines else 0)


def _scalar(node: yaml.ScalarNode, line: int) -> Scalar:
    kind = node.tag.removeprefix(_TAG)
    if kind == "str":
        return str(node.value)
    if kind not in CORE or not CORE[kind].match(node.value):
        raise YamlError(f"{node.value!r} is no {node.tag.replace(_TAG, '!!')}", line)
    if kind == "null":
        return None
    return node.value.lower() == "true" if kind == "bool" else _number(kind, node.value, line)


def _number(kind: str, text: str, line: int) -> int | float:
    if kind == "float":
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    try:
        return int(text, base)
    except ValueError as error:  # Python reads no more than some thousand digits
        raise YamlError(f"a number of {len(text)} digits is too long", line) from error


def _child(node: Node, part: str | int) -> Node | None:
    if isinstance(node.content, dict):
        return node.content.get(str(part))
    if isinstance(node.content, tuple) and isinstance(part, int) and part < len(node.content):
        return node.content[part]
    return None


def _plainer(said: str) -> str:
    if "'\\t'" in said:
        return "a tab cannot begin a value or indent it; use spaces"
    if said.startswith("expected a single document"):
        return "a second document begins; a configuration is one"
    return " ".join(said.split())
