"""Adds an override to a file of the configuration: one line, and nothing else is touched."""

from __future__ import annotations

import yaml

from components.gates.override import Override
from pipeline.config.flow import flow
from pipeline.data.write.yaml_lines import after_item, root_of
from pipeline.errors import UserError
from trainer import yaml12

KEY = "overrides"


def added(text: str, override: Override) -> str:
    """Returns the text of a file of the configuration with one more override.

    Raises:
      UserError: the list is not written one item a line.
    """
    values = {name: value for name, value in override.model_dump(mode="json").items() if value != ""}
    changed = _added(text, flow(values))
    before = [*(yaml12.read(text, "before").plain().get(KEY) or ())]
    if yaml12.read(changed, "after").plain().get(KEY) != [*before, values]:
        raise UserError(
            f"`{KEY}` is not written one a line; nothing was written: add by hand - {flow(values)}"
        )
    return changed


def _added(text: str, item: str) -> str:
    found = [(key, child) for key, child in root_of(text).value if key.value == KEY]
    newline = "\r\n" if "\r\n" in text else "\n"
    if not found:
        end = "" if text.endswith("\n") else newline
        return f"{text}{end}{KEY}:{newline}  - {item}{newline}"
    (key, items), *_ = found
    if isinstance(items, yaml.SequenceNode) and items.value and not items.flow_style:
        return after_item(text, items, item)
    if items.value:
        return text
    end_of_line = text.find("\n", key.end_mark.index)
    end_of_line = len(text) if end_of_line < 0 else end_of_line
    rest = text[max(items.end_mark.index, key.end_mark.index + 1) : end_of_line].rstrip("\r")
    return f"{text[: key.end_mark.index]}:{rest}{newline}  - {item}{text[end_of_line:] or newline}"
