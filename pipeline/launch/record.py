"""The record of a launch among the parameters or properties of its run: one text a key, under one prefix.

ML Metadata, Vertex AI's jobs and the trigger's job template all keep it in this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PREFIX = "launch_"


def as_parameters(record: Mapping[str, str]) -> dict[str, str]:
    """Returns a record as it is kept with a run.

    Args:
      record: what `Launch.record` returns, with whatever the starter of the run adds to it.
    """
    return {f"{PREFIX}{key}": text for key, text in record.items()}


def from_parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """Returns the record that is kept among all parameters or properties of a run."""
    return {key.removeprefix(PREFIX): str(value) for key, value in values.items() if key.startswith(PREFIX)}
