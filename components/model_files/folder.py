"""Measures the files of a model's folder, on this machine or in a bucket, and compares them with a record."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from components.gates.no_baseline import NO_BASELINE
from components.model_files.rule import (
    AlteredModelError,
    File,
    IncompleteModelError,
    UnreadableModelError,
    as_text,
    difference,
    from_text,
    is_incomplete,
    is_inside,
)

_log = logging.getLogger(__name__)
_CHUNK = 1 << 20
_HERE = "file://"  # an address of this machine
NOT_RECORDED = NO_BASELINE  # of a champion that was released before files were recorded


def record_of(folder: str) -> str:
    """Returns the record of a folder's files, to be kept anywhere but beside them.

    Args:
      folder: of a model that was just made; local, or an address in a bucket.

    Raises:
      AlteredModelError: it holds a symbolic link, which may lead out of it, or no file.
    """
    files = measure(folder)
    if not files:
        raise AlteredModelError(f"there is no file in {folder}")
    return as_text(files)


def check(folder: str, recorded: str) -> None:
    """Sees that a folder holds the recorded files and no others; call it before anything of it is loaded.

    Args:
      folder: as for `record_of`.
      recorded: what that returned; NOT_RECORDED lets a champion of an older release pass, with a warning.

    Raises:
      AlteredModelError: it does not, it is a link, or nothing was recorded; one sentence that names the file.
      IncompleteModelError: a part of it is not there (yet); it is an AlteredModelError as well.
      UnreadableModelError: that cannot be seen now (a disk); so is it.
    """
    _refuse_link(folder)
    if recorded == NOT_RECORDED:
        _log.warning("%s is loaded unchecked: it was released before files were recorded", folder)
        return
    if not recorded:
        raise AlteredModelError(
            f"{folder} is not loaded: nothing was recorded of its files when it was made; train it again"
        )
    files = from_text(recorded)
    try:
        found = measure(folder)
    except OSError as error:
        raise UnreadableModelError(f"{folder} is not loaded: it cannot be read: {error}") from error
    if differs := difference(files, found):
        if is_incomplete(files, found):
            raise IncompleteModelError(f"{folder} is not loaded: {differs}; a part of it is not there")
        raise AlteredModelError(f"{folder} is not loaded: {differs}; its files changed since it was made")


def measure(folder: str) -> dict[str, File]:
    """Returns size and hash of every file below a folder, by relative path; none if it is not there.

    Raises:
      AlteredModelError: it is a symbolic link, or holds what is neither a file nor a folder, such as one.
      OSError: it cannot be read.
    """
    _refuse_link(folder)
    local = folder.removeprefix(_HERE)
    return dict(_in_bucket(local) if "://" in local else _on_disk(local))


def _refuse_link(folder: str) -> None:
    # With a slash at its end a link is what it leads to.
    if os.path.islink(folder.removeprefix(_HERE).rstrip(os.sep)):
        raise AlteredModelError(f"{folder} is a link, which may lead elsewhere when the model is loaded")


def _on_disk(folder: str) -> Iterator[tuple[str, File]]:
    for parent, folders, names in os.walk(folder, onerror=_cannot_list):
        for name in (*folders, *names):
            path = os.path.join(parent, name)
            mode = os.lstat(path).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise AlteredModelError(f"{path} is a link or no file; a model is files and folders alone")
            if stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    yield os.path.relpath(path, folder).replace(os.sep, "/"), _measured(file)


def _cannot_list(error: OSError) -> None:
    """Says so: os.walk would go on without a folder that it cannot list."""
    if not isinstance(error, FileNotFoundError | NotADirectoryError):
        raise error


def _in_bucket(folder: str) -> Iterator[tuple[str, File]]:
    import tensorflow as tf  # a server of a folder on this machine starts without it

    for parent, _, names in tf.io.gfile.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            relative = path[len(folder.rstrip("/")) + 1 :]
            if not is_inside(relative):
                raise AlteredModelError(f"{path} is a name that no folder of this machine can hold")
            with tf.io.gfile.GFile(path, "rb") as file:
                yield relative, _measured(file)


def _measured(file: BinaryIO) -> File:
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return File(size, digest.hexdigest())
