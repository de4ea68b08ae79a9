"""Changes of columns: days in a row that are further from the days before than any of those is.

Every column has a range of its own: the carriers of two days are alike, their temperatures are not. So a day
is measured against the rows of the earlier days, and each of those against the others; the largest is what is
usual, unless it is odd by itself. A change is told when so many days in a row all lie beyond it, by a factor
and by a floor: one odd day is weather, three are a change. On a first run the first days are measured by the
days that follow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence

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
from monitoring.crosses import BETWEEN
from monitoring.distances import beside, largest, unseen_beside, usual
from monitoring.history import History, history
from monitoring.profiles import Profile, merged

# A change of numbers is beyond doubt only if it is large in itself, beyond every other day, odd ones as well,
# and days enough say what is usual: fog comes on one day alone, and then on three.
STRONG_MEDIAN, STRONG_DISTRIBUTION, STRONG_UNSEEN, STRONG_HISTORY = 1.0, 0.3, 0.8, 30
STRONG_COMMONEST = 0.5  # a default in half of the rows; in fewer, it may be a product that sells
# A cross changed by itself if it changed so many times as much as both of its columns.
TIMES_ITS_COLUMNS = 2.0
# Days on which a value must occur to be known. Weather has numbers that occur on one day only.
DAYS_OF_A_CATEGORY, DAYS_OF_A_NUMBER = 2, 1
Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Change:
    """A column that changed.

    Attributes:
      column: its name, or that of a cross.
      statistic: one of ON_COLUMNS.
      first, last: positions of the days, all beyond what is usual.
      others: positions of the days that they were measured by, from … to, the end left out.
      measured: the least of the days.
      usual: the largest of the other days, an odd one left out.
      times: how many times what is usual, or the floor, the least of the days is.
      strong: whether it is beyond doubt.
      mild: whether it may be meant, as where nulls became fewer.
    """

    column: str
    statistic: str
    first: int
    last: int
    others: tuple[int, int]
    measured: float
    usual: float
    times: float
    strong: bool = False
    mild: bool = False


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
    told = [each for each in found if each.statistic != CROSS or _by_itself(each, days)]
    return tuple(sorted(told, key=lambda each: (ON_COLUMNS.index(each.statistic), -each.times)))


def _by_itself(change: Change, days: Mapping[str, Sequence[Profile]]) -> bool:
    """Returns whether a cross changed more than its columns: a new value of one changes the cross as well."""
    row, others = slice(change.first, change.last + 1), slice(*change.others)

    def distance(column: str) -> float:
        divergence = distances.divergence(merged(days[column][row]), merged(days[column][others]))
        return 0.0 if np.isnan(divergence) else divergence

    columns = [column for column in change.column.split(BETWEEN) if column in days]
    return distance(change.column) > TIMES_ITS_COLUMNS * sum(map(distance, columns))


def has_others(last: int, days: int, limits: Limits) -> bool:
    """Returns whether there are days enough to judge the row of days that ends with one by.

    Args:
      last: its position.
      days: how many there are.
      limits: how many are enough.
    """
    return len(_others(last - limits.in_a_row + 1, last, days, limits)) >= limits.least_history


def _others(first: int, last: int, days: int, limits: Limits) -> np.ndarray:
    """Returns the days that a row of days is measured by: those before it, or after it if they are few."""
    before = np.arange(max(first - limits.most_history, 0), first)
    if len(before) >= limits.least_history:
        return before
    return np.arange(last + 1, min(last + 1 + limits.most_history, days))


def _of_column(
    column: str, profiles: Sequence[Profile], judged: Sequence[int], limits: Limits
) -> Iterator[Change]:
    found: dict[str, list[Change]] = {}
    known = history(profiles)
    for last in judged:
        first = last - limits.in_a_row + 1
        others = _others(first, last, len(profiles), limits)
        if first < 0 or len(others) < limits.least_history:
            continue
        row = np.arange(first, last + 1)
        for change in _of_row(column, known, others, row, limits):
            before = found.setdefault(change.statistic, [])
            if before and first <= before[-1].last + 1:
                before[-1] = _joined(before[-1], change)
            else:
                before.append(change)
    for each in found.values():
        yield from each


def _of_row(
    column: str, known: History, others: np.ndarray, row: np.ndarray, limits: Limits
) -> Iterator[Change]:
    told = []
    rows = known.table.sum(axis=1)
    fewer = max(float(np.median(rows[others])) / max(float(rows[row].min()), 1.0), 1.0)
    beyond = {}
    for statistic, values, most, highest in _measured(column, known, others, row):
        floor, least = limits.floors[statistic], float(values.min())
        by_chance = fewer if statistic in (DISTRIBUTION, CROSS) else 1.0  # fewer rows differ more
        before = most * by_chance
        if least > max(limits.factor * before, floor):
            times = least / max(before, floor / limits.factor)
            by = (int(others[0]), int(others[-1]) + 1)
            beyond[statistic] = bool(np.signbit(limits.factor * highest * by_chance - least))
            told.append(Change(column, statistic, int(row[0]), int(row[-1]), by, least, before, times))
    sure = len(others) >= STRONG_HISTORY and bool(known.varied[row].all())
    nulls = known.table[:, -1] / np.maximum(rows, 1.0)
    fewer_nulls = bool(np.signbit(nulls[row].mean() - nulls[others].mean()))
    for change in told:
        if change.statistic == COMMONEST:
            strong = change.measured >= STRONG_COMMONEST
        else:
            strong = sure and beyond[change.statistic] and _is_strong(change, told, limits)
        yield dataclasses.replace(change, strong=strong, mild=change.statistic == NULLS and fewer_nulls)


def _is_strong(change: Change, told: Sequence[Change], limits: Limits) -> bool:
    if change.statistic == UNSEEN_NUMBERS:  # new prices are new numbers, too
        elsewhere = any(each.statistic == MEDIAN for each in told)
        return elsewhere and change.measured >= STRONG_UNSEEN
    least = {MEDIAN: STRONG_MEDIAN, DISTRIBUTION: STRONG_DISTRIBUTION}.get(change.statistic)
    return least is not None and change.measured >= least and change.times >= limits.strong_factor


def _joined(before: Change, change: Change) -> Change:
    """Returns the change over both rows of days, by the figures of the clearer one."""
    clearer = max(before, change, key=lambda each: (each.strong, each.times))
    return dataclasses.replace(clearer, first=before.first, last=change.last, others=before.others)


def _measured(
    column: str, known: History, others: np.ndarray, row: np.ndarray
) -> Iterator[tuple[str, np.ndarray, float, float]]:
    """Yields each statistic: its values of the row of days; of the others what is usual, and the largest."""
    days = np.concatenate([others, row])
    table = known.between_deciles(others, days)
    if BETWEEN in column:
        if not known.many:
            yield CROSS, *beside(distances.jensen_shannon, table, len(others))
        return
    yield NULLS, *beside(distances.null_change, table, len(others))
    before = known.commonest[others]
    yield COMMONEST, known.commonest[row], usual(before), largest(before)
    if known.many:
        return
    yield DISTRIBUTION, *beside(distances.jensen_shannon, table[:, :-1], len(others))  # nulls have their own
    if not known.numbers:
        yield UNSEEN, *unseen_beside(table, len(others), DAYS_OF_A_CATEGORY)
        return
    shifts = distances.median_shift(known.medians[days], known.reference(others))
    before = shifts[: len(others)]
    yield MEDIAN, shifts[len(others) :], usual(before), largest(before)
    if known.exact is not None and known.varied[row].all():
        yield UNSEEN_NUMBERS, *unseen_beside(known.exact[days], len(others), DAYS_OF_A_NUMBER)
