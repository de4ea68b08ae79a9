"""Distances between rows: how far those of one day, or of one window, are from others.

Every function takes counts of the same values, [days, values] or [values], the rows without a value last.
The gate on data and the monitoring of what is served measure by these, so that both mean the same.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable

import numpy as np

from monitoring.profiles import Profile, quantiles

MOST_SHOWN = 60  # characters of a value
DECILES = tuple(share / 10 for share in range(1, 10))
FREQUENT = 4  # deciles that are one number: a third of the rows
ODD = 2.0  # times the next largest day, beyond which a day is no measure of others
Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


def jensen_shannon(counts: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Returns the Jensen-Shannon divergence in bits, from 0 (alike) to 1 (nothing in common).

    Lin, Divergence measures based on the Shannon entropy, 1991. NaN where one side has no rows.

    Args:
      counts: [..., values].
      others: the same shape.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ours = counts / counts.sum(axis=-1, keepdims=True)
        theirs = others / others.sum(axis=-1, keepdims=True)
        middle = (ours + theirs) / 2
        parts = [
            np.where(side > 0, side * np.log2(side / middle), np.where(np.isnan(side), np.nan, 0.0))
            for side in (ours, theirs)
        ]
    return np.maximum((parts[0].sum(axis=-1) + parts[1].sum(axis=-1)) / 2, 0.0)


def unseen_share(counts: np.ndarray, days: np.ndarray, least: int) -> np.ndarray:
    """Returns the share of the rows whose value is new; nulls are no values.

    Args:
      counts: [..., values + 1].
      days: the same shape, on how many other days each value occurs.
      least: days on which a value must occur to be known.
    """
    unseen = np.where(days[..., :-1] >= least, 0.0, counts[..., :-1]).sum(axis=-1)
    return _share(unseen, counts.sum(axis=-1))


def null_change(counts: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Returns how far the share of nulls lies from that of the other rows."""
    return np.abs(_share(counts[..., -1], counts.sum(axis=-1)) - _share(others[..., -1], others.sum(axis=-1)))


def median_shift(medians: np.ndarray, reference: Profile) -> np.ndarray:
    """Returns how far medians lie from a reference's, in its interquartile ranges; NaN where that is 0."""
    first, middle, third = quantiles(reference, (0.25, 0.5, 0.75))
    spread = third - first
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, np.abs(medians - middle) / spread, np.nan)


def counted(profiles: list[Profile], reference: Profile) -> np.ndarray:
    """Returns the rows [profiles, values + 1] of each profile by the values of all, nulls last.

    Numbers are counted between the edges of the reference.
    """
    if reference.values.dtype.kind == "f" or any(each.values.dtype.kind == "f" for each in profiles):
        edges = bin_edges(reference)
        width = len(edges) + 1
        sizes = [len(each.values) for each in profiles]
        values, counts = _joined(profiles)
        positions = np.searchsorted(edges, values, side="right")
    else:
        sizes = [len(each.values) for each in profiles]
        known, counts = _joined([*profiles, reference])
        different, positions = np.unique(known, return_inverse=True)
        width = len(different)
        positions, counts = positions[: sum(sizes)], counts[: sum(sizes)]
    rows = np.repeat(np.arange(len(profiles)), sizes)
    table = np.bincount(rows * width + positions, counts, minlength=len(profiles) * width)
    nulls = np.array([each.nulls for each in profiles], np.float64)
    return np.column_stack([table.reshape(len(profiles), width), nulls])


def beside(distance: Distance, table: np.ndarray, others: int) -> tuple[np.ndarray, float, float]:
    """Returns a distance of the last days from the others; among those, what is usual and the largest.

    Args:
      distance: one of this module's, of counts.
      table: [days, values], the others first.
      others: how many they are.
    """
    total = table[:others].sum(axis=0)
    among = distance(table[:others], total - table[:others])
    far = distance(table[others:], np.broadcast_to(total, table[others:].shape))
    return far, usual(among), largest(among)


def unseen_beside(table: np.ndarray, others: int, least: int) -> tuple[np.ndarray, float, float]:
    """Returns the unseen share of the last days beside the others; of those what is usual, and the largest.

    Args:
      table: [days, values + 1], the others first.
      others: how many they are.
      least: days on which a value must occur to be known: 2 lets no odd day make its values known.
    """
    occurs = table[:others] > 0
    days = occurs.sum(axis=0)
    among = unseen_share(table[:others], days - occurs, least)
    known = np.broadcast_to(days, table[others:].shape)
    return unseen_share(table[others:], known, least), usual(among), largest(among)


def usual(values: np.ndarray) -> float:
    """Returns the largest known value [days], without one that is ODD times the next; 0 where none is known.

    One odd day that was let through does not make the next one usual.
    """
    known = np.sort(values[~np.isnan(values)])
    if len(known) > 1 and known[-1] > ODD * known[-2]:
        return float(known[-2])
    return float(known.max(initial=0.0))


def largest(values: np.ndarray) -> float:
    """Returns the largest known value [days]; 0 where none is known."""
    return float(values[~np.isnan(values)].max(initial=0.0))


def bin_edges(reference: Profile) -> np.ndarray:
    """Returns the numbers [edges], sorted, between which numbers are counted: each edge begins a bin.

    They are the deciles of the reference. A number that makes up a third of the rows or so has a bin of its
    own, and the other numbers have their deciles: of a column that is mostly 0, a change of the rest is seen.
    """
    deciles = quantiles(reference, DECILES)
    if np.isnan(deciles).any():
        return np.array([])
    edges, times = np.unique(deciles, return_counts=True)
    frequent = edges[times >= FREQUENT]
    others = ~np.isin(reference.values, frequent)
    if not len(frequent) or not others.any():
        return np.unique([*edges, *np.nextafter(frequent, np.inf)])
    rest = dataclasses.replace(reference, values=reference.values[others], counts=reference.counts[others])
    return np.unique([*edges, *np.nextafter(frequent, np.inf), *quantiles(rest, DECILES)])


def divergence(ours: Profile, theirs: Profile) -> float:
    """Returns the Jensen-Shannon divergence of two profiles; numbers by the deciles of `theirs`."""
    if ours.many or theirs.many:
        return float("nan")
    table = counted([ours, theirs], theirs)
    return float(jensen_shannon(table[0], table[1]))


def _joined(profiles: list[Profile]) -> tuple[np.ndarray, np.ndarray]:
    values = [each.values for each in profiles if len(each.values)]
    counts = [each.counts for each in profiles if len(each.values)]
    if not values:
        return np.array([]), np.array([])
    return np.concatenate(values), np.concatenate(counts)


def _share(part: np.ndarray, rows: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(rows > 0, part / rows, np.nan)


def most_changed(ours: Profile, theirs: Profile, most: int = 3) -> list[tuple[str, float, float]]:
    """Returns the values whose share changed most: the value, or the numbers from … to, and both shares.

    Args:
      ours: what is judged.
      theirs: what it is compared with; its deciles part numbers.
      most: how many.
    """
    table = counted([ours, theirs], theirs)
    shares = _share(table.T, table.sum(axis=1)).T
    names = [*_names(ours, theirs), "no value"]
    order = np.argsort(-np.abs(shares[0] - shares[1]), kind="stable")[:most]
    return [(names[each], float(shares[0][each]), float(shares[1][each])) for each in order]


def _names(ours: Profile, theirs: Profile) -> list[str]:
    if theirs.values.dtype.kind != "f":
        return [_quoted(str(each)) for each in np.unique(_joined([ours, theirs])[0])]
    edges = bin_edges(theirs)
    if not len(edges):
        return ["any number"]
    just_above = np.concatenate([[False], edges[1:] == np.nextafter(edges[:-1], np.inf)])
    digits = _digits(edges[~just_above])
    texts = [f"{edge:.{digits}g}" for edge in edges]
    names = [f"below {texts[0]}"]
    for start, end in itertools.pairwise(range(len(edges))):
        if just_above[end]:
            names.append(texts[start])
        elif just_above[start]:
            names.append(f"above {texts[start - 1]}, below {texts[end]}")
        else:
            names.append(f"{texts[start]} to {texts[end]}")
    return [*names, f"above {texts[-2]}" if just_above[-1] else f"at least {texts[-1]}"]


def _digits(numbers: np.ndarray) -> int:
    """Returns how many digits tell numbers apart that differ by more than a rounding, four at least."""
    apart = len(np.unique([f"{number:.15g}" for number in numbers]))
    return next(
        each
        for each in range(4, 16)
        if len({f"{number:.{each}g}" for number in numbers}) == apart or each == 15
    )


def _quoted(value: str) -> str:
    return repr(value if len(value) <= MOST_SHOWN else f"{value[: MOST_SHOWN - 1]}…")
