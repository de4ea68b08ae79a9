"""Keeps what people have changed in a file since init wrote it, when init writes it again."""

from __future__ import annotations

import dataclasses
import difflib
import re
import subprocess
import tempfile
from pathlib import Path

_BEGIN, _END = "\x01", "\x02"
_ENTRY = re.compile(r"\s*- \{(?:name|column|metric): ([^,}]+)")


@dataclasses.dataclass(frozen=True)
class Merged:
    """A file that init writes again.

    Attributes:
      text: what it will hold.
      conflicts: places that both changed; the hand edit stays.
    """

    text: str
    conflicts: int = 0


def merge(now: str, before: str | None, proposed: str) -> Merged:
    """Returns the proposed text with the hand edits of the present one.

    Args:
      now: what the file holds.
      before: what init wrote; None if nobody knows, and then all that the file holds may be an edit.
      proposed: what init would write today.
    """
    if before is None or now == proposed:
        return Merged(now)
    if now == before:
        return Merged(proposed)
    with tempfile.TemporaryDirectory(prefix="evergreen-init-") as folder:
        paths = []
        for name, text in (("now", now), ("before", before), ("proposed", proposed)):
            paths.append(Path(folder, name))
            paths[-1].write_text(_parted(text), encoding="utf-8")
        merged = _git_merge_file("--ours", *paths)
        marked = _git_merge_file("--diff3", *paths)
    return Merged(_joined(merged), sum(line.startswith("<<<<<<< ") for line in marked.splitlines()))


def _parted(text: str) -> str:
    """Returns the text with a line before and after each one that names it.

    Without them, git takes changes of neighbouring lines for changes of one place, and every line is an
    entry. With one of them only, it does so where a line goes and its neighbour changes.
    """
    named = ((line, _subject(line)) for line in text.splitlines())
    return "".join(f"{_BEGIN}{name}\n{line}\n{_END}{name}\n" for line, name in named)


def _joined(text: str) -> str:
    return "".join(f"{line}\n" for line in text.splitlines() if not line.startswith((_BEGIN, _END)))


def _subject(line: str) -> str:
    """Returns what a line is about: the name of a column, or a key."""
    match = _ENTRY.match(line)
    return match[1] if match else line.partition(":")[0].strip()


def _git_merge_file(option: str, *paths: Path) -> str:
    command = ["git", "merge-file", "--stdout", option, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode < 0 or done.returncode > 127:
        raise RuntimeError(f"git merge-file: {done.stderr.strip()}")
    return done.stdout


def unified_diff(path: str, now: str, then: str) -> list[str]:
    """Returns the lines of a diff, as git shows them."""
    lines = difflib.unified_diff(
        now.splitlines(), then.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=3
    )
    return [*lines]
