"""Where things stand in a text of YAML, and lines put between others, which stay as they are."""

from __future__ import annotations

import os
from pathlib import Path

import yaml


def root_of(text: str) -> yaml.MappingNode:
    """Returns the document, whose marks say where its parts stand; a mapping."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return root


def end_of(node: yaml.Node) -> int:
    """Returns where a node's last character is, plus 1; a block's own mark is at the next thing."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return end_of(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def line_start(text: str, index: int) -> int:
    """Returns where the line begins that a character stands in."""
    return text.rfind("\n", 0, index) + 1


def after_line(text: str, index: int, line: str) -> str:
    """Returns a text with a line behind the one that a character stands in."""
    end = text.find("\n", index)
    newline = "\r\n" if "\r\n" in text else "\n"
    if end < 0:
        return f"{text}{newline}{line}{newline}"
    return f"{text[: end + 1]}{line}{newline}{text[end + 1 :]}"


def after_item(text: str, items: yaml.SequenceNode, item: str) -> str:
    """Returns a text with an item behind the last one of a list that has lines of its own."""
    last = items.value[-1]
    dash = text.rindex("-", 0, last.start_mark.index)
    return after_line(text, end_of(last) - 1, f"{text[line_start(text, dash) : dash]}- {item}")


def write(path: Path, text: str) -> None:
    """Puts a text in the place of a file's, whole or not at all, with its line ends and permissions.

    A link stays one: what it leads to is written.
    """
    path = path.resolve()
    staged = path.with_name(f".{path.name}.new")
    staged.write_bytes(text.encode())
    os.chmod(staged, path.stat().st_mode & 0o777)
    os.replace(staged, path)
