"""Whether a label of two values has been made one of numbers by a few odd lines. Pure Python."""

from __future__ import annotations

from collections.abc import Mapping

from components.shown import shown

_FEW = 0.005


def odd_values(counts: Mapping[int | str, int]) -> str | None:
    """Returns a sentence where all rows but a few have one of two values; None elsewhere.

    Args:
      counts: value to rows; a total at a file's end looks like a value that is neither of the two.
    """
    if len(counts) <= 2:
        return None
    first, second, *others = sorted(counts, key=lambda value: -counts[value])
    rows, odd = sum(counts.values()), sum(counts[value] for value in others)
    if odd >= _FEW * rows:
        return None
    two = " or ".join(sorted(map(str, (first, second))))
    return (
        f"{rows - odd:,} of {rows:,} rows are {two}, and {odd:,} such as {shown(str(others[0]))}; if that is "
        "a total or a slip, mend the file, and there are two classes"
    )
