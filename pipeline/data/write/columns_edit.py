"""Edits columns.yaml in place: only what changes is touched, comments and other lines stay byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import yaml

from pipeline.config.flow import flow
from pipeline.data.write.yaml_lines import after_item, after_line, end_of, line_start, root_of
from pipeline.errors import UserError
from trainer import columns_file


class Edit(Protocol):
    """As pipeline/data/differences/difference_rule.py has it."""

    @property
    def column(self) -> str:
        """Whose line it is."""
        ...

    @property
    def keys(self) -> Mapping[str, object]:
        """Key to new value."""
        ...

    @property
    def what(self) -> str:
        """`set`, `add` or `remove`."""
        ...


def edited(text: str, edits: Sequence[Edit]) -> str:
    """Returns the text of columns.yaml with edits.

    Raises:
      UserError: the result cannot be used, or says something else than was asked for.
    """
    changed = text
    for edit in edits:
        changed = _WAYS[edit.what](changed, edit)
    try:
        table = columns_file.parse(changed)
    except columns_file.ColumnsError as error:
        raise UserError(
            f"accepting this would leave what cannot be used, so nothing was written: {error}"
        ) from error
    by_name = {column.name: column for column in table.columns}
    for edit in edits:
        now = by_name.get(edit.column)
        if edit.what == "remove":
            right = now is None
        else:
            right = now is not None and all(
                _same(getattr(now, key), value) for key, value in edit.keys.items()
            )
        if not right:
            raise UserError(
                f"the line of {edit.column!r} in columns.yaml could not be changed; nothing was "
                "written: edit it "
                "by hand"
            )
    return changed


def _same(now: object, asked: object) -> bool:
    return now == (tuple(asked) if isinstance(asked, list) else asked)


def _set(text: str, edit: Edit) -> str:
    for key, value in edit.keys.items():
        text = _set_key(text, edit.column, key, value)
    return text


def _set_key(text: str, column: str, key: str, value: object) -> str:
    line = _line_of(text, column)
    members = {name.value: child for name, child in line.value}
    if key in members:
        return _replaced(text, members[key], value)
    if line.flow_style:
        end = line.end_mark.index - 1  # before the }
        while text[end - 1] in " \t":
            end -= 1
        return f"{text[:end]}, {key}: {flow(value)}{text[end:]}"
    indent = " " * line.start_mark.column
    return after_line(text, line.value[-1][1].end_mark.index - 1, f"{indent}{key}: {flow(value)}")


def _replaced(text: str, node: yaml.Node, value: object) -> str:
    if isinstance(node, yaml.SequenceNode) and isinstance(value, list) and node.value:
        return _extended(text, node, value)
    return f"{text[: node.start_mark.index]}{flow(value)}{text[node.end_mark.index :]}"


def _extended(text: str, node: yaml.SequenceNode, value: list[object]) -> str:
    """Returns a text in which what is new stands behind a list's last item."""
    last, more = node.value[-1], value[len(node.value) :]
    if node.flow_style:
        end = last.end_mark.index
        return f"{text[:end]}{''.join(f', {flow(each)}' for each in more)}{text[end:]}"
    indent = " " * (node.value[0].start_mark.column - 2)
    for each in reversed(more):
        text = after_line(text, last.end_mark.index - 1, f"{indent}- {flow(each)}")
    return text


def _add(text: str, edit: Edit) -> str:
    return after_item(text, _columns(text), flow(dict(edit.keys)))


def _remove(text: str, edit: Edit) -> str:
    for cross in _crosses_of(text, edit.column):
        text = _without_item(text, cross)
    for key, child in root_of(text).value:
        if key.value == "crosses" and not child.value:  # the last one is gone
            text = f"{text[: key.end_mark.index]}: []{text[key.end_mark.index + 1 :]}"
    return _without_item(text, _line_of(text, edit.column))


def _crosses_of(text: str, column: str) -> list[yaml.Node]:
    """Returns the crosses that a column is in, the last first, so that the others keep their places."""
    found = [child for key, child in root_of(text).value if key.value == "crosses"]
    crosses = found[0].value if found else []
    named = [each for each in crosses if any(side.value.partition(".")[0] == column for side in each.value)]
    return named[::-1]


def _without_item(text: str, node: yaml.Node) -> str:
    """Returns a text without an item of a list that has lines of its own."""
    dash = text.rindex("-", 0, node.start_mark.index)
    begin = line_start(text, dash)
    if text[begin:dash].strip():
        raise UserError("columns and crosses are not one a line; nothing was written: edit them by hand")
    end = text.find("\n", end_of(node) - 1)
    return text[:begin] + (text[end + 1 :] if end >= 0 else "")


def _columns(text: str) -> yaml.SequenceNode:
    (columns,) = (child for key, child in root_of(text).value if key.value == "columns")
    assert isinstance(columns, yaml.SequenceNode)
    if columns.flow_style:
        raise UserError("columns are not one a line; nothing was written: edit them by hand")
    return columns


def _line_of(text: str, column: str) -> yaml.MappingNode:
    for line in _columns(text).value:
        if any(key.value == "name" and child.value == column for key, child in line.value):
            assert isinstance(line, yaml.MappingNode)
            return line
    raise UserError(f"columns.yaml has no column {column!r} any more; nothing was written: start again")


_WAYS = {"set": _set, "add": _add, "remove": _remove}
