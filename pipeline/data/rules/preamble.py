"""What may stand before the header of a text: the line `sep=;` of Excel, and comments. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.data.rules.dialect import DELIMITERS

COMMENT = "#"
_SEP = re.compile(r'"?sep=(.)"?[ \r]*', re.I)
_NUMBER = re.compile(r'[-+]?["\s]*\d[\d.,]*["\s]*')
_ROWS_LOOKED_AT = 10


@dataclass(frozen=True)
class Preamble:
    """What stands before the header.

    Attributes:
      lines: how many lines do, blank ones among them.
      comments: how many of them begin with #.
      delimiter: that `sep=` names; None without such a line.
    """

    lines: int = 0
    comments: int = 0
    delimiter: str | None = None


def preamble_of(sample: str) -> Preamble:
    """Returns what stands before the header of a text.

    Args:
      sample: its first whole lines.
    """
    lines = sample.split("\n")
    named = _SEP.fullmatch(lines[0])
    begin = 1 if named else 0
    end = begin
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith(COMMENT)):
        end += 1
    commented = [at for at in range(begin, end) if lines[at].startswith(COMMENT)]
    if commented and _is_header(lines[commented[-1]], lines[end : end + _ROWS_LOOKED_AT]):
        commented.pop()
    if end == len(lines):  # nothing is left that could be a header
        commented = []
    before = commented[-1] + 1 if commented else begin
    return Preamble(before, len(commented), named[1] if named else None)


def _is_header(line: str, following: Sequence[str]) -> bool:
    """Returns whether a line that begins with # names the columns: it has as many cells as the next line.

    The next line would be the header itself if numbers only stood below it.
    """
    if not following:
        return False
    widths = {d: following[0].count(d) for d in DELIMITERS if d in line}
    delimiter = next((d for d, width in widths.items() if width == line.count(d)), None)
    if delimiter is None:
        return False
    first, *others = [any(map(_NUMBER.fullmatch, row.split(delimiter))) for row in following]
    return first or (not line.startswith(f"{COMMENT} ") and not any(others))
