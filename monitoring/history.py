"""The values of one column on many days, as one table, so that any days can be laid beside any others."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from monitoring.distances import DECILES
from monitoring.profiles import MOST_CATEGORIES, Profile, quantiles


@dataclasses.dataclass(frozen=True)
class History:
    """How often each value occurs on each day.

    Attributes:
      values: [values] all that occur: numbers, sorted, or texts.
      table: [days, values + 1] rows of each, nulls last.
      commonest: [days] share of the rows with the commonest value.
      medians: [days] of numbers; NaN of texts.
      many: whether values are too many to compare; then only nulls are counted, beside all other rows.
    """

    values: np.ndarray
    table: np.ndarray
    commonest: np.ndarray
    medians: np.ndarray
    many: bool

    @property
    def numbers(self) -> bool:
        """Whether the values are numbers."""
        return self.values.dtype.kind == "f"

    def reference(self, start: int, end: int) -> Profile:
        """Returns the profile of the rows of the days [start, end)."""
        counts = self.table[start:end].sum(axis=0)
        return Profile(int(counts.sum()), int(counts[-1]), self.values, counts[:-1], self.many)

    def table_beside(self, start: int, first: int, end: int) -> np.ndarray:
        """Returns the rows of the days [start, end) by value, nulls last.

        Numbers are counted between the deciles of the days [start, first).
        """
        table = self.table[start:end]
        if self.many or not self.numbers or not len(self.values):
            return table
        edges = np.unique(quantiles(self.reference(start, first), DECILES))
        starts = np.unique([0, *np.searchsorted(self.values, edges[~np.isnan(edges)])])
        starts = starts[starts < len(self.values)]
        return np.column_stack([np.add.reduceat(table[:, :-1], starts, axis=1), table[:, -1]])


def history(profiles: Sequence[Profile]) -> History:
    """Returns the table of a column's profiles, a day each."""
    numbers = any(each.values.dtype.kind == "f" for each in profiles)
    values = np.concatenate([each.values for each in profiles if len(each.values)] or [np.array([], str)])
    different, positions = np.unique(values, return_inverse=True) if numbers else _numbered(values)
    many = any(each.many for each in profiles) or (not numbers and len(different) > MOST_CATEGORIES)
    nulls = np.array([each.nulls for each in profiles], np.float64)
    rows = np.array([each.rows for each in profiles], np.float64)
    none = np.full(len(profiles), np.nan)
    if many:
        table = np.column_stack([rows - nulls, nulls])
        return History(np.array(["any"]), table, none, none, many=True)
    sizes = [len(each.values) for each in profiles]
    counts = np.concatenate([each.counts for each in profiles])
    days = np.repeat(np.arange(len(profiles)), sizes)
    table = np.bincount(days * len(different) + positions, counts, minlength=len(profiles) * len(different))
    return History(
        values=different,
        table=np.column_stack([table.reshape(len(profiles), len(different)), nulls]),
        commonest=np.array([each.commonest for each in profiles]),
        medians=np.array([quantiles(each, (0.5,))[0] for each in profiles]) if numbers else none,
        many=False,
    )


def _numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the different texts, and the position of each among them; np.unique sorts, which is slow."""
    numbers: dict[str, int] = {}
    positions = [numbers.setdefault(value, len(numbers)) for value in values.tolist()]
    return np.array([*numbers], str), np.array(positions, int)
