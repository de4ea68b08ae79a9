"""Where this project is."""

from __future__ import annotations

from pathlib import Path


def project_root() -> Path:
    """Returns the folder of this project, whose files init writes."""
    return Path(__file__).resolve().parents[2]
