"""Loads a version of a model, once it was checked and room was made for it, and warms it up."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

from serving.models.model import ServableModel
from serving.models.warm_up import load_warm

Check = Callable[[Path, str], None]


def loader(check: Check) -> Callable[[Path, str], ServableModel]:
    """Returns a function that loads the model in a folder, given the record of its files.

    Args:
      check: called with both before anything is loaded; raises ModelLoadError to refuse it.
    """

    def load(folder: Path, files: str) -> ServableModel:
        check(folder, files)
        # The graph of a model that was closed holds itself: its operations point to it, and it to them. These
        # are so few objects that Python would look for them after dozens of models only.
        gc.collect()
        return load_warm(folder)

    return load
