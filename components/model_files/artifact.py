"""The record of a model's files in ML Metadata: a property of its artifact, not a file beside them."""

from __future__ import annotations

from tfx.types import artifact

from components.model_files import folder
from components.model_files.rule import PROPERTY


def record(of: artifact.Artifact, path: str) -> None:
    """Records the files of a folder on an artifact, as the custom property PROPERTY."""
    of.set_string_custom_property(PROPERTY, folder.record_of(path))


def recorded(of: artifact.Artifact) -> str:
    """Returns what was recorded; empty if nothing was."""
    return of.get_string_custom_property(PROPERTY) if of.has_custom_property(PROPERTY) else ""


def check(of: artifact.Artifact, path: str) -> None:
    """Sees that a folder holds the files that were recorded on an artifact.

    Raises:
      AlteredModelError: it does not, or nothing was recorded.
    """
    folder.check(path, recorded(of))
