"""Columns without a name: of a comma at each line's end, or an index that was written along. Pure Python."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

_UNNAMED = re.compile(r"Unnamed: \d+")  # as pandas names them when it reads a file


def with_names(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Returns the header, those columns named that may be without a name: empty, or the first and an index.

    Args:
      header: as it stands in the file.
      rows: the first ones.
    """
    taken = {name.strip() for name in header}
    named = []
    for at, name in enumerate(header):
        if not name.strip() and _may_be_unnamed(at, header, rows):
            # What pandas wrote, read and wrote again has `Unnamed: 0` beside a column without a name.
            name = next(free for number in itertools.count(at) if (free := f"Unnamed: {number}") not in taken)
            taken.add(name)
        named.append(name)
    return named


def is_unnamed(name: str) -> bool:
    """Returns whether a column has no name of its own."""
    return bool(_UNNAMED.fullmatch(name))


def _may_be_unnamed(at: int, header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    if not any(name.strip() for name in header):
        return False
    cells = [row[at].strip() for row in rows if len(row) == len(header)]
    if not any(cells):
        return True
    return at == 0 and all(map(str.isdecimal, cells)) and len({*cells}) == len(cells)
