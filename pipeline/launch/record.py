"""The record of a launch among the parameters or properties of its run: a text for each key, with one prefix.

ML Metadata, the jobs of Vertex AI and the trigger's job template all keep it in this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PREFIX = "launch_"


def as_parameters(record: Mapping[str, str]) -> dict[str, str]:
    """Returns a record with the prefix, as it is kept with a run.

    Args:
      record: what `Launch.record` returns, and what the runner adds to it.
    """
    return {f"{PREFIX}{key}": text for key, text in record.items()}


def from_parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """Returns the record that is among the parameters or properties of a run, without the prefix."""
    return {key.removeprefix(PREFIX): str(value) for key, value in values.items() if key.startswith(PREFIX)}
