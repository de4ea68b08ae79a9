"""Drift: whether rows are further from a baseline than any single day of the baseline was from its others."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping

from monitoring import distances
from monitoring.baseline import Baseline
from monitoring.profiles import Profile

_TIMES_CHANCE = 3.0


@dataclasses.dataclass(frozen=True)
class Drift:
    """A column whose rows are unlike the baseline's.

    Attributes:
      column: its name.
      measured: Jensen-Shannon divergence in bits.
      usual: the largest of a single day of the baseline; NaN where it is not known.
      threshold: what it was held against: not below chance, nor a floor.
    """

    column: str
    measured: float
    usual: float
    threshold: float


def drifts(columns: Mapping[str, Profile], baseline: Baseline, floor: float) -> Iterator[Drift]:
    """Yields the columns that drifted, of those that both sides know.

    Args:
      columns: name of each column to the profile of the rows that are judged.
      baseline: what they are compared with.
      floor: least divergence that is told.
    """
    for column, profile in columns.items():
        known = baseline.columns.get(column)
        if known is None or known.values.dtype.kind != profile.values.dtype.kind:
            continue
        measured = distances.divergence(profile, known)
        if math.isnan(measured):  # too many values, or no rows
            continue
        usual = baseline.ranges.get(column, math.nan)
        threshold = max(floor, _TIMES_CHANCE * _by_chance(profile, known))
        threshold = threshold if math.isnan(usual) else max(threshold, usual)
        if measured > threshold:
            yield Drift(column, measured, usual, threshold)


def _by_chance(ours: Profile, theirs: Profile) -> float:
    """Returns about the divergence that rows of one distribution have by chance, as chi-squared gives it."""
    values = max(len(theirs.values), len(ours.values))
    if theirs.values.dtype.kind == "f":
        values = min(values, len(distances.DECILES) + 1)
    return values * (1 / ours.rows + 1 / theirs.rows) / (8 * math.log(2))
