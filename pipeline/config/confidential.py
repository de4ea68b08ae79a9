"""What messages leave out: below `notify` a value may be a secret in the wrong place, so none is repeated.

Not what was given, nor a name that is not known there, which may be a value that lost its key.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from components.did_you_mean import did_you_mean
from components.shown import typed

SECTION = "notify"
_NAMES = re.compile(r"[a-z_0-9.]*")
_TOP_LEVEL = re.compile(r"^[^\s#]", re.MULTILINE)


def is_confidential(keys: Sequence[int | str]) -> bool:
    """Returns whether a path leads into the section, or probably should have."""
    return bool(keys) and (keys[0] == SECTION or bool(did_you_mean(str(keys[0]), [SECTION])))


def typed_setting(text: str) -> str:
    """Returns what was typed behind `--set`, or its key, for messages; of this section the names alone."""
    if not is_confidential(re.split(r"[^\w]", text)[:1]):
        return typed(text)
    names = _NAMES.match(text)
    shown = names.group() if names else ""
    return shown if shown == text else f"{shown}…"


def stands_in(text: str, line: int) -> bool:
    """Returns whether a line of a file, which cannot be read, stands in the section, as far as can be told.

    Args:
      text: of the file.
      line: from 1.
    """
    so_far = "".join(text.splitlines(keepends=True)[:line])
    starts = [match.start() for match in _TOP_LEVEL.finditer(so_far)]
    return SECTION in so_far[starts[-1] if starts else 0 :]
