"""Reads files that somebody else may have put there: never one that would keep the reader waiting."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def open_regular(path: str | Path) -> int:
    """Returns a descriptor of a file, open for reading; the caller closes it.

    Raises:
      OSError: it cannot be opened, or is no regular file: a pipe would wait for a writer.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no regular file")
    return descriptor


def read_text(path: Path) -> str:
    """Returns the text of a file.

    Raises:
      OSError: as for `open_regular`.
      UnicodeDecodeError: it is not UTF-8.
    """
    with os.fdopen(open_regular(path), encoding="utf-8") as file:
        return file.read()
