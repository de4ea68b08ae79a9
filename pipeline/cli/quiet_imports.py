"""Silence for libraries that print while they are imported."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import warnings
from collections.abc import Iterator

from serving.process.startup import held_back_stderr


@contextlib.contextmanager
def quiet_imports(*first: str) -> Iterator[None]:
    """Silences warnings of TensorFlow, TFX and Google's libraries, logged or raised.

    Args:
      first: packages to import at once; what they write to stderr is shown only if that fails.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if first:
                with held_back_stderr():
                    for name in first:
                        importlib.import_module(name)
            yield
    finally:
        logging.disable(before)
