"""What is wrong with the file of ML Metadata, in words: its errors print whole SQL statements."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.errors import UserError

SUBJECT = "ML Metadata: "

# What SQLite or ML Metadata says: what that means, and the way out.
_FREE = "free space there and start the same command again"
_LOCKED = (
    "another process has locked it",
    "end that process or wait for it, and start the same command again",
)
_REPLACE = "restore it from a copy, or set root to another folder"
MEANINGS: Mapping[str, tuple[str, str]] = {
    "database or disk is full": ("the disk is full", _FREE),
    "disk I/O error": ("the disk cannot be read or written (full, over quota, or failing)", _FREE),
    "readonly database": (
        "it cannot be written",
        "make it and its folder writable, or set root to another folder",
    ),
    "unable to open database file": (
        "it cannot be opened",
        "make it and its folder readable and writable, or set root to another folder",
    ),
    "database is locked": _LOCKED,
    "Concurrent writes aborted": _LOCKED,
    "file is not a database": ("it is not a store of ML Metadata (file is not a database)", _REPLACE),
    "database disk image is malformed": ("it is damaged", _REPLACE),
    "subset of tables": ("it is damaged (tables are missing)", _REPLACE),
    "no such table": ("it is damaged (tables are missing)", _REPLACE),
    "greater than library version": (
        "a newer ML Metadata has written it",
        "use the locked packages that did, or set root to another folder",
    ),
}
_QUERY = re.compile(r" ?query:.*", re.DOTALL)
_LONGEST = 200


def explain(fault: BaseException) -> str:
    """Returns what is wrong with the store and the way out; empty if an error is of another kind."""
    is_its_own = type(fault).__module__.startswith("ml_metadata")
    if is_its_own or isinstance(fault, RuntimeError):  # the latter is what it raises when it is opened
        for said, (meaning, way_out) in MEANINGS.items():
            if said in str(fault):
                return f"{SUBJECT}{meaning}; {way_out}"
    return f"{SUBJECT}{_without_query(fault)}" if is_its_own else ""


@contextlib.contextmanager
def explained(path: Path, *, opening: bool = False) -> Iterator[None]:
    """Turns errors of ML Metadata's file into one line that names it.

    Args:
      path: of the file.
      opening: whether every RuntimeError is such an error.

    Raises:
      UserError: the file cannot be read or written; why, and the way out.
    """
    try:
        yield
    except Exception as fault:
        words = explain(fault)
        if not words and not (opening and isinstance(fault, RuntimeError)):
            raise
        raise UserError(f"{path}: {words.removeprefix(SUBJECT) or _without_query(fault)}") from fault


def _without_query(fault: BaseException) -> str:
    text = str(fault).removeprefix("Error when executing query: ")
    return " ".join(_QUERY.sub("", text).split())[:_LONGEST]
