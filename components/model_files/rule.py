"""Whether a folder holds the files that were recorded when it was made, decided on plain values."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping

VERSION = 1
PROPERTY = "files"  # of an artifact and of a release's record
_SHA256 = re.compile(r"[0-9a-f]{64}")


class AlteredModelError(ValueError):
    """A model that is not the one that was recorded; it must not be loaded."""


class UnreadableModelError(AlteredModelError):
    """A model whose files cannot be read now; they may be the recorded ones all the same."""


class IncompleteModelError(AlteredModelError):
    """A model of which a part is not there; it may be on its way."""


@dataclasses.dataclass(frozen=True)
class File:
    """What is known of a file's content.

    Attributes:
      size: in bytes.
      sha256: of its content, in hexadecimal.
    """

    size: int
    sha256: str


Files = Mapping[str, File]  # by path relative to the model's folder, with slashes


def as_text(files: Files) -> str:
    """Returns the record of files, as a property of an artifact holds it."""
    recorded = {path: [file.size, file.sha256] for path, file in sorted(files.items())}
    return json.dumps({"version": VERSION, "files": recorded}, separators=(",", ":"))


def from_text(text: str) -> dict[str, File]:
    """Returns the files of a record.

    Raises:
      AlteredModelError: it is no such record, or names a file outside of the model's folder.
    """
    try:
        values = json.loads(text)
        version, recorded = values["version"], values["files"]
        files = {str(path): File(size, sha256) for path, (size, sha256) in recorded.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise AlteredModelError(f"the record of the model's files cannot be read: {text!r:.80}") from error
    if version != VERSION:
        raise AlteredModelError(f"the record of the model's files has version {version!r}, not {VERSION}")
    if not files:
        raise AlteredModelError("the record of the model's files names no file")
    for path, file in files.items():
        _check(path, file)
    return files


def difference(recorded: Files, found: Files) -> str | None:
    """Returns how found files differ from recorded ones, by the first that does; None if they are equal."""
    for path in sorted({*recorded, *found}):
        if path not in found:
            return f"{path} is missing"
        if path not in recorded:
            return f"{path} was added"
        if found[path].size != recorded[path].size:
            return f"{path} has {found[path].size:,} bytes, and had {recorded[path].size:,}"
        if found[path].sha256 != recorded[path].sha256:
            return f"{path} has the SHA-256 {found[path].sha256[:12]}…, and had {recorded[path].sha256[:12]}…"
    return None


def is_incomplete(recorded: Files, found: Files) -> bool:
    """Returns whether found files may be a copy of the recorded ones that did not end yet.

    Some are missing or shorter, and none of the others differs. Files besides are not looked at:
    copying tools write under other names first.
    """
    there = {path: found[path] for path in recorded if path in found}
    whole = {path for path, file in there.items() if file == recorded[path]}
    shorter = {path for path, file in there.items() if file.size < recorded[path].size}
    return whole != set(recorded) and whole | shorter == set(there)


def is_inside(path: str) -> bool:
    """Returns whether a relative path stays in its folder, written as `measure` writes it."""
    return "\\" not in path and "\0" not in path and not {"", ".", ".."} & {*path.split("/")}


def _check(path: str, file: File) -> None:
    if not is_inside(path):
        raise AlteredModelError(f"the record of the model's files names {path!r}, outside of its folder")
    if not isinstance(file.size, int) or isinstance(file.size, bool) or file.size < 0:
        raise AlteredModelError(f"the record of the model's files gives {path!r} the size {file.size!r:.40}")
    if not isinstance(file.sha256, str) or not _SHA256.fullmatch(file.sha256):
        raise AlteredModelError(f"the record of the model's files gives {path!r} no SHA-256")
