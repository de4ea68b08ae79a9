"""Files of a bucket for code that reads folders only."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator

from tfx.utils import io_utils


@contextlib.contextmanager
def local_copy(uri: str) -> Iterator[str]:
    """Gives a folder of this machine with what is at an address; one of this machine is given as it is.

    `gs://bucket/model` is no path: `pathlib` makes `gs:/bucket/model` of it, and shutil looks for it here.
    """
    if "://" not in uri:
        yield uri
        return
    with tempfile.TemporaryDirectory(prefix="local-copy-") as folder:
        copy = os.path.join(folder, "copy")
        io_utils.copy_dir(uri, copy)
        yield copy
