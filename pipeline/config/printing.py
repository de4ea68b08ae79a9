"""Prints a configuration as YAML that reads as itself, with the origin of each value beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from pipeline.config.load import Loaded
from pipeline.stages import GateSections
from trainer import yaml12

_COLUMN = 60


def as_yaml(loaded: Loaded) -> Iterator[str]:
    """Yields one line a value, such as `  days: 30  # local.yaml:3`, and one an item in lists of mappings."""
    yield from _lines(_values(loaded), loaded.origins, ())


def as_values(loaded: Loaded) -> dict[str, Any]:
    """Returns values and origins for machines."""
    return {"values": _values(loaded), "origins": loaded.origins}


def _values(loaded: Loaded) -> dict[str, Any]:
    """Returns the configuration as JSON values: its own keys, then the sections that stages have."""
    values = loaded.config.model_dump(mode="json")
    own = [key for key in values if key not in GateSections.model_fields]
    return {key: values[key] for key in (*own, *GateSections.model_fields)}


def _lines(members: Mapping[str, Any], origins: Mapping[str, str], path: tuple[str, ...]) -> Iterator[str]:
    indent = "  " * len(path)
    for key, value in members.items():
        here = (*path, key)
        head = f"{indent}{_flow(key)}:"
        if isinstance(value, dict) and value:
            yield head
            yield from _lines(value, origins, here)
            continue
        comment = f"# {' '.join(origins['.'.join(here)].split())}"
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield f"{head:<{_COLUMN}}{comment}"
            yield from (f"{indent}  - {_flow(item)}" for item in value)
        else:
            yield f"{f'{head} {_flow(value)} ':<{_COLUMN}}{comment}"


class _Dumper(yaml.SafeDumper):
    """Quotes a text that YAML 1.1 or 1.2 would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Writes equal values out each time: the reader follows no aliases."""
        return True

    def represent_text(self, text: str) -> yaml.Node:
        """Puts a text with line breaks in double quotes, which keep it on one line."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if text.isprintable() else '"')


_Dumper.add_representer(str, _Dumper.represent_text)
_Dumper.yaml_implicit_resolvers = {
    first: [*resolvers] for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}
for _kind, _pattern in yaml12.CORE.items():
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", _pattern, None)


def _flow(value: Any) -> str:
    """Returns a value on one line."""
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        width=float("inf"),
        allow_unicode=True,
        sort_keys=False,
    )
    return text.removesuffix("\n").removesuffix("\n...")
