"""Local copies of a bucket's files, for code that can read folders only."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator

from tfx.utils import io_utils


@contextlib.contextmanager
def local_copy(uri: str) -> Iterator[str]:
    """Yields a folder of this machine with the files of an address; a local folder is yielded as it is.

    `gs://bucket/model` is no path: `pathlib` turns it into `gs:/bucket/model`, and shutil looks for that
    folder on this machine.
    """
    if "://" not in uri:
        yield uri
        return
    with tempfile.TemporaryDirectory(prefix="local-copy-") as folder:
        copy = os.path.join(folder, "copy")
        io_utils.copy_dir(uri, copy)
        yield copy
