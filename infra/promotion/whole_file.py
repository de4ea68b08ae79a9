"""Files that are written whole or not at all, which a later command reads."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Puts a text in the place of a file's, in a folder that is made if need be.

    Whoever is stopped meanwhile leaves what was there before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.new")
    staged.write_bytes(text.encode())
    os.replace(staged, path)
