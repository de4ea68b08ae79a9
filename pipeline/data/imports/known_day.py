"""What becomes of new rows of a day that the spans have rows of already. Pure Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

Decision = Literal["known", "grown", "add", "overlap", "revised"]


def decide(old: Sequence[str], new: Sequence[str], without_label: Callable[[str], str]) -> Decision:
    """Returns what new rows of a day are to its old ones.

    Args:
      old: the rows that the spans have.
      new: the rows of the file.
      without_label: makes of a row the same row without its label.

    Returns:
      known: all of them are there already. grown: they are all old rows and others, as of a day that was
      exported before it was over. add: they are others, as of a day that comes in two files. overlap: some
      are there already. revised: too many differ from old ones by their label only.
    """
    both = shared(old, new)
    if both == len(new):
        return "known"
    if both == len(old):
        return "grown"
    if _is_telling(both, old, new):
        return "overlap"
    old_twins, new_twins = [*map(without_label, old)], [*map(without_label, new)]
    return "revised" if _is_telling(shared(old_twins, new_twins), old_twins, new_twins) else "add"


def shared(old: Iterable[str], new: Iterable[str]) -> int:
    """Returns how many rows are in both, each as often as in both."""
    return (Counter(old) & Counter(new)).total()


def _is_telling(both: int, old: Sequence[str], new: Sequence[str]) -> bool:
    """Returns whether rows are shared by more than chance: rows that repeat among themselves do so, too."""
    fewer = min(len(old), len(new))
    repeated = max(_repeated(old), _repeated(new))
    return both > fewer * repeated


def _repeated(rows: Sequence[str]) -> float:
    """Returns the share of rows that another row equals."""
    counts = Counter(rows)
    return sum(count for count in counts.values() if count > 1) / len(rows)
