"""What makes a span file readable, decided on plain values."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

_WORDS = {"int64": "a whole number", "float": "a finite number", "string": "UTF-8 text"}
_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}
_HASHES = 1 << 32


class DataFault(ValueError):  # noqa: N818 - a fault of the data, not of the program
    """A span that cannot be ingested: one line with file, place, what was found, what was expected."""


def check_header(file: str, found: list[str], expected: list[str]) -> None:
    """Accepts a header that names exactly the expected columns, in any order.

    Raises:
      DataFault: a column missing, extra or named twice.
    """
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise DataFault(f"{file}: column {twice[0]!r} stands twice in the header; name each column once")
    for delimiter, words in _DELIMITERS.items():
        if len(found) == 1 and set(found[0].split(delimiter)) == set(expected) != {found[0]}:
            raise DataFault(f"{file}: the columns are separated by {words}; separate them by commas")
    check_columns(file, found, expected)
    extra = [name for name in found if name not in expected]
    if extra:
        raise DataFault(
            f"{file}: unexpected column {extra[0]!r}; "
            "remove it, or add it to the schema and to trainer/features.py"
        )


def check_columns(file: str, found: list[str], expected: list[str]) -> None:
    """Accepts columns among which are all that are expected.

    Raises:
      DataFault: a column is missing.
    """
    missing = [name for name in expected if name not in found]
    if missing:
        extra = [name for name in found if name not in expected]
        near = difflib.get_close_matches(missing[0], extra, n=1)
        hint = f" (is it {near[0]!r}?)" if near else ""
        raise DataFault(
            f"{file}: column {missing[0]!r} is missing{hint}; the schema expects {', '.join(expected)}"
        )


def check_whole(file: str, last: bytes) -> None:
    """Accepts content that ends where a line ends.

    Args:
      last: its last byte; nothing when the file is empty.

    Raises:
      DataFault: the file is empty, or its last line has no end, the sign of a cut-off copy.
    """
    if not last:
        raise DataFault(f"{file}: the file is empty; expected a header and rows")
    if last != b"\n":
        raise DataFault(
            f"{file}: the last line has no line end, so the file looks truncated; "
            "copy it again, or end it with a newline"
        )


def wanted_words(arrow_type: str, found: str | None) -> str:
    """What a cell should have been, in words.

    Args:
      arrow_type: int64, float or string.
      found: what the cell holds; None when it cannot be shown.
    """
    digits = (found or "").removeprefix("-")
    if arrow_type == "int64" and digits.isascii() and digits.isdecimal():
        return "a whole number of 64 bits"
    return _WORDS[arrow_type]


def part_of(row_hash: int, eval_fraction: float) -> str:
    """The split of a row by a stable hash: the same row falls into the same split in every run.

    Args:
      row_hash: of the row's content, 0 to 2**32 - 1.
      eval_fraction: share of rows for evaluation.
    """
    return "eval" if row_hash < eval_fraction * _HASHES else "train"


def pack(sizes: Sequence[int], limit: int) -> list[list[int]]:
    """Groups parts, in their order, into shards of at most `limit` bytes; a larger part is a shard alone.

    Returns:
      Positions in `sizes`, a list for each shard.
    """
    shards: list[list[int]] = []
    filled = limit
    for position, size in enumerate(sizes):
        if filled + size > limit or not shards:
            shards.append([])
            filled = 0
        shards[-1].append(position)
        filled += size
    return shards
