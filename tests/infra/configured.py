"""What infrastructure makes beside what pipeline/configs names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def differences(made: dict[str, Any], configured: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yields a sentence for each value of Terraform's output `configuration` that is configured otherwise."""
    for key, value in made.items():
        where = f"{path}{key}"
        if key not in configured:
            yield f"{where}: the configuration has no such key"
        elif isinstance(value, dict):
            yield from differences(value, configured[key] or {}, f"{where}.")
        elif value != configured[key]:
            yield f"{where}: {value!r} is made and {configured[key]!r} is configured"
