"""Changes of columns: days in a row that are further from the days before than any of those is.

Every column has a range of its own: the carriers of two days are alike, their temperatures are not. So a day
is measured against the rows of the earlier days, and each of those against the others; the largest is what is
usual. A change is told when so many days in a row all lie beyond it, by a factor and by a floor:
one odd day is weather, three are a change.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from components.data_gate.policy import Limits
from components.gates.data_checks import (
    COMMONEST,
    CROSS,
    DISTRIBUTION,
    MEDIAN,
    NULLS,
    ON_COLUMNS,
    UNSEEN,
    UNSEEN_NUMBERS,
)
from monitoring import distances
from monitoring.history import History, history
from monitoring.profiles import BETWEEN, Profile


@dataclasses.dataclass(frozen=True)
class Change:
    """A column that changed.

    Attributes:
      column: its name, or that of a cross.
      statistic: one of ON_COLUMNS.
      first, last: positions of the days, all beyond what is usual.
      measured: the least of the days.
      usual: the largest of the earlier days.
      times: how many times what is usual, or the floor, the least of the days is.
    """

    column: str
    statistic: str
    first: int
    last: int
    measured: float
    usual: float
    times: float


def changes(
    days: Mapping[str, Sequence[Profile]], judged: Sequence[int], limits: Limits
) -> tuple[Change, ...]:
    """Returns the changes of every column, those of days that meet joined, in the order of ON_COLUMNS.

    Args:
      days: name of a column, or of a cross, to its profile of each day, in order of time.
      judged: positions of the days that are looked at: each as the last of so many in a row.
      limits: when a change is told.
    """
    found = [
        each for column, profiles in days.items() for each in _of_column(column, profiles, judged, limits)
    ]
    return tuple(sorted(found, key=lambda each: (ON_COLUMNS.index(each.statistic), -each.times)))


def natural_range(profiles: Sequence[Profile]) -> float:
    """Returns the largest divergence of one day from the others; NaN where values are too many to compare."""
    known = history(profiles)
    if known.many or len(profiles) < 2:
        return float("nan")
    return _beside(
        distances.jensen_shannon, known.table_beside(0, len(profiles), len(profiles)), len(profiles)
    )[1]


def _of_column(
    column: str, profiles: Sequence[Profile], judged: Sequence[int], limits: Limits
) -> Iterator[Change]:
    found: dict[str, list[Change]] = {}
    known = history(profiles)
    for last in judged:
        first = last - limits.in_a_row + 1
        start = max(first - limits.most_history, 0)
        if first - start < limits.least_history:
            continue
        for statistic, values, usual in _measured(column, known, start, first, last + 1):
            floor = limits.floors[statistic]
            least = float(values.min())
            if not least > max(limits.factor * usual, floor):
                continue
            times = least / max(usual, floor / limits.factor)
            change = Change(column, statistic, first, last, least, usual, times)
            before = found.setdefault(statistic, [])
            if before and first <= before[-1].last + 1:
                before[-1] = _joined(before[-1], change)
            else:
                before.append(change)
    for changes_ in found.values():
        yield from changes_


def _joined(before: Change, change: Change) -> Change:
    """Returns the change over both rows of days, by the figures of the clearer one."""
    clearer = max(before, change, key=lambda each: each.times)
    return dataclasses.replace(clearer, first=before.first, last=change.last)


def _measured(
    column: str, known: History, start: int, first: int, end: int
) -> Iterator[tuple[str, np.ndarray, float]]:
    """Yields each statistic: its values of the days [first, end), the largest of those from `start` on."""
    earlier = first - start
    table = known.table_beside(start, first, end)
    if BETWEEN in column:
        if not known.many:
            yield CROSS, *_beside(distances.jensen_shannon, table, earlier)
        return
    yield NULLS, *_beside(distances.null_change, table, earlier)
    if known.many:
        return
    yield DISTRIBUTION, *_beside(distances.jensen_shannon, table, earlier)
    commonest = known.commonest[start:end]
    yield COMMONEST, commonest[earlier:], _largest(commonest[:earlier])
    if not known.numbers:
        yield UNSEEN, *_beside(distances.unseen_share, table, earlier)
        return
    yield UNSEEN_NUMBERS, *_beside(distances.unseen_share, known.table[start:end], earlier)
    shifts = distances.median_shift(known.medians[start:end], known.reference(start, first))
    yield MEDIAN, shifts[earlier:], _largest(shifts[:earlier])


def _beside(distance, table: np.ndarray, earlier: int) -> tuple[np.ndarray, float]:  # type: ignore[no-untyped-def]
    """Returns a distance of the last days from the earlier ones, and its largest among those."""
    total = table[:earlier].sum(axis=0)
    others = distance(table[:earlier], total - table[:earlier])
    return distance(table[earlier:], np.broadcast_to(total, table[earlier:].shape)), _largest(others)


def _largest(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.max(initial=0.0))
