"""Prints a configuration as YAML that reads as itself, with the origin of each value beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.config.flow import flow
from pipeline.config.load import Loaded
from pipeline.stages import GateSections

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
        head = f"{indent}{flow(key)}:"
        if isinstance(value, dict) and value:
            yield head
            yield from _lines(value, origins, here)
            continue
        comment = f"# {' '.join(origins['.'.join(here)].split())}"
        if isinstance(value, list) and any(isinstance(item, dict) for item in value):
            yield f"{head:<{_COLUMN}}{comment}"
            yield from (f"{indent}  - {flow(item)}" for item in value)
        else:
            yield f"{f'{head} {flow(value)} ':<{_COLUMN}}{comment}"
