"""The values of one column on many days, as one table, so that any days can be laid beside any others."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from monitoring.distances import beside, bin_edges, jensen_shannon
from monitoring.profiles import MOST_CATEGORIES, Profile, quantiles

MOST_BINS = 500  # into which numbers are put, if there are more of them
MOST_DISCRETE = 4_000  # different numbers, of which more are no list that a new one could be missing in
LEAST_VARIED = 4  # different numbers of a day, of which fewer are one number for a day or a month


@dataclasses.dataclass(frozen=True)
class History:
    """How often each value occurs on each day.

    Attributes:
      values: [values] all that occur, or of many numbers the first of each bin: numbers, sorted, or texts.
      table: [days, values + 1] rows of each, nulls last.
      exact: [days, numbers + 1] of numbers, each by itself, if they are few enough; else None.
      commonest: [days] share of the rows with the commonest value.
      medians: [days] of numbers; NaN of texts.
      varied: [days] whether so many different numbers occur that they are the rows' and not the day's.
      many: whether categories are too many to compare; then the table has only any value and nulls.
    """

    values: np.ndarray
    table: np.ndarray
    exact: np.ndarray | None
    commonest: np.ndarray
    medians: np.ndarray
    varied: np.ndarray
    many: bool

    @property
    def numbers(self) -> bool:
        """Whether the values are numbers."""
        return self.values.dtype.kind == "f"

    def reference(self, days: np.ndarray) -> Profile:
        """Returns the profile of the rows of some days."""
        counts = self.table[days].sum(axis=0)
        return Profile(int(counts.sum()), int(counts[-1]), self.values, counts[:-1], self.many)

    def between_deciles(self, reference: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Returns the rows of days by value, nulls last; numbers between the deciles of a reference's days.

        Args:
          reference: positions of the days whose deciles part the numbers.
          days: positions of the days that are counted.
        """
        table = self.table[days]
        if self.many or not self.numbers or not len(self.values):
            return table
        edges = bin_edges(self.reference(reference))
        starts = np.unique([0, *np.searchsorted(self.values, edges)])
        starts = starts[starts < len(self.values)]
        return np.column_stack([np.add.reduceat(table[:, :-1], starts, axis=1), table[:, -1]])


def history(profiles: Sequence[Profile]) -> History:
    """Returns the table of a column's profiles, a day each."""
    commonest = np.array([each.commonest for each in profiles])
    nulls = np.array([each.nulls for each in profiles], np.float64)
    if any(each.values.dtype.kind == "f" for each in profiles):
        return _of_numbers(profiles, nulls, commonest)
    none, not_varied = np.full(len(profiles), np.nan), np.zeros(len(profiles), bool)
    known = [each.values for each in profiles if len(each.values)]
    different, positions = _numbered(np.concatenate(known) if known else np.array([], str))
    table = _table(profiles, positions, len(different))
    too_many = np.array([each.many for each in profiles])
    rows = np.array([each.rows for each in profiles], np.float64)
    if len(different) > MOST_CATEGORIES or 2 * too_many.sum() > len(profiles):
        table = np.column_stack([rows - nulls, nulls])
        return History(np.array(["any"]), table, None, commonest, none, not_varied, many=True)
    if too_many.any():  # on some days, so they are no values that the others have
        different = np.append(different, "too many to name")
        table = np.column_stack([table, np.where(too_many, rows - nulls, 0.0)])
    return History(different, np.column_stack([table, nulls]), None, commonest, none, not_varied, many=False)


def _of_numbers(profiles: Sequence[Profile], nulls: np.ndarray, commonest: np.ndarray) -> History:
    known = [each.values for each in profiles if len(each.values)]
    values, positions = np.unique(np.concatenate(known) if known else np.array([]), return_inverse=True)
    exact = None
    if len(values) <= MOST_DISCRETE:
        exact = np.column_stack([_table(profiles, positions, len(values)), nulls])
    if len(values) > MOST_BINS:
        starts = np.unique(np.linspace(0, len(values), MOST_BINS, endpoint=False).astype(int))
        positions = np.searchsorted(starts, positions, side="right") - 1
        values = values[starts]
    return History(
        values=values,
        table=np.column_stack([_table(profiles, positions, len(values)), nulls]),
        exact=exact,
        commonest=commonest,
        medians=np.array([quantiles(each, (0.5,))[0] for each in profiles]),
        varied=np.array([len(each.values) >= LEAST_VARIED for each in profiles]),
        many=False,
    )


def _table(profiles: Sequence[Profile], positions: np.ndarray, values: int) -> np.ndarray:
    """Returns the rows [days, values], from the position of each profile's values one after the other."""
    days = np.repeat(np.arange(len(profiles)), [len(each.values) for each in profiles])
    counts = np.concatenate([each.counts for each in profiles])
    table = np.bincount(days * values + positions, counts, minlength=len(profiles) * values)
    return table.reshape(len(profiles), values)


def _numbered(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the different texts, and the position of each among them; np.unique sorts, which is slow."""
    numbers: dict[str, int] = {}
    positions = [numbers.setdefault(value, len(numbers)) for value in values.tolist()]
    return np.array([*numbers], str), np.array(positions, int)


def natural_range(profiles: Sequence[Profile]) -> float:
    """Returns the largest divergence of one day from the others; NaN where values are too many to compare."""
    known = history(profiles)
    if known.many or len(profiles) < 2:
        return float("nan")
    days = np.arange(len(profiles))
    return beside(jensen_shannon, known.between_deciles(days, days), len(days))[1]
