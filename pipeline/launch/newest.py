"""The model registered last: what its release recorded of its version and of how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.release.version_rule import Recipe, Registered
from pipeline.launch.champion import ReleaseRecordError


def registered(properties: Mapping[str, Any], run_id: str) -> Registered:
    """Returns what the properties written by the node Release say; nothing of the recipe in an old record.

    Raises:
      ReleaseRecordError: the version is missing, or the recipe cannot be read.
    """
    try:
        return Registered(str(properties["version"]), Recipe.from_json(properties.get("recipe", "")))
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ReleaseRecordError(
            f"the release record of run {run_id} has the version {properties.get('version')!r} and the "
            f"recipe {properties.get('recipe')!r:.80}; expected what components/release/component.py writes"
        ) from error
