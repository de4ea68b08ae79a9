"""Sentences on changed columns, for the owner of the data: where, how much, what is usual, what to do."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence

import numpy as np

from components.data_gate.changes_rule import DAYS_OF_A_CATEGORY, DAYS_OF_A_NUMBER, Change
from components.gates import data_checks as names
from components.shown import shown
from monitoring.crosses import BETWEEN
from monitoring.drift_words import changed
from monitoring.profiles import MOST_CATEGORIES, Profile, merged, quantiles

_MOST_VALUES = 3


@dataclasses.dataclass(frozen=True)
class _Told:
    """A change, and the rows on both sides of it."""

    change: Change
    now: Profile
    then: Profile
    known: np.ndarray  # values that are not new
    when: str
    side: str  # before or after

    @property
    def column(self) -> str:
        return self.change.column


def of_change(change: Change, days: Sequence[dt.date], profiles: Sequence[Profile]) -> str:
    """Returns the sentence on a change.

    Args:
      change: of one column.
      days: of the window.
      profiles: of the column, a day each.
    """
    start, end = change.others
    told = _Told(
        change,
        now=merged(profiles[change.first : change.last + 1]),
        then=merged(profiles[start:end]),
        known=_known(profiles[start:end]),
        when=f"of {days[change.first]} … {days[change.last]}",
        side="before" if end <= change.first else "after",
    )
    return _SENTENCES[change.statistic](told)


def _known(profiles: Sequence[Profile]) -> np.ndarray:
    values, days = np.unique(np.concatenate([each.values for each in profiles]), return_counts=True)
    return values[days >= (DAYS_OF_A_NUMBER if values.dtype.kind == "f" else DAYS_OF_A_CATEGORY)]


def _nulls(told: _Told) -> str:
    now, then = told.now, told.then
    ours, theirs = now.nulls / now.rows, then.nulls / max(then.rows, 1)
    ask = "did its source fail?" if ours > theirs else "was it filled with a default?"
    return (
        f"{told.column} has no value in {ours:.1%} of the rows {told.when} ({now.nulls:,} of {now.rows:,}), "
        f"and in {theirs:.1%} of those {told.side}; {ask}"
    )


def _commonest(told: _Told) -> str:
    now, usually = (
        told.now,
        f"no value is in more than {told.change.usual:.0%} of the rows of a day {told.side}",
    )
    ask = "is it a default?"
    if now.many:
        share = f"{told.change.measured:.0%} of the rows {told.when}"
        return f"{told.column} has one value in {share}, and {usually}; {ask}"
    value = now.values[now.counts.argmax()]
    named = f"{value:g}" if now.values.dtype.kind == "f" else shown(str(value))
    return f"{told.column} is {named} in {now.commonest:.0%} of the rows {told.when}, and {usually}; {ask}"


def _unseen(told: _Told) -> str:
    now, usually = told.now, f"at most {told.change.usual:.1%} usually"
    if now.many:
        return (
            f"{told.column} has more than {MOST_CATEGORIES} different values {told.when}, and "
            f"{len(told.then.values):,} on the days {told.side}; was another column written into it?"
        )
    new = ~np.isin(now.values, told.known)
    order = np.argsort(-now.counts[new], kind="stable")[:_MOST_VALUES]
    values, counts = now.values[new][order].tolist(), now.counts[new][order].tolist()
    named = ", ".join(
        f"{shown(value)} ({rows:,.0f} rows)" for value, rows in zip(values, counts, strict=True)
    )
    more = f" and {new.sum() - _MOST_VALUES:,} more" if new.sum() > _MOST_VALUES else ""
    return (
        f"{told.column} has values that no two days {told.side} have in "
        f"{now.counts[new].sum() / now.rows:.1%} of the rows {told.when}, {usually}: {named}{more}; "
        "are they right?"
    )


def _unseen_numbers(told: _Told) -> str:
    now = told.now
    new = ~np.isin(now.values, told.known)
    order = np.argsort(-now.counts[new], kind="stable")[:_MOST_VALUES]
    named = ", ".join(f"{value:.4g}" for value in now.values[new][order])
    return (
        f"{told.column} has numbers that no day {told.side} has in {now.counts[new].sum() / now.rows:.0%} of "
        f"the rows {told.when}, at most {told.change.usual:.0%} usually, as {named}; "
        "was its unit changed, or how it is rounded?"
    )


def _median(told: _Told) -> str:
    ours, theirs = (quantiles(side, (0.5,))[0] for side in (told.now, told.then))
    return (
        f"{told.column} has the median {ours:.4g} {told.when}, and {theirs:.4g} {told.side}: "
        f"{told.change.measured:.2g} interquartile ranges away, at most {told.change.usual:.2g} usually; "
        "was its unit changed?"
    )


def _distribution(told: _Told) -> str:
    what = "unit" if told.now.values.dtype.kind == "f" else "coding"
    return (
        f"{told.column} {told.when} is unlike the days {told.side}, by {told.change.measured:.3g} bits where "
        f"single days usually differ by {told.change.usual:.3g} at most; {changed(told.now, told.then)}; "
        f"was its {what} changed?"
    )


def _cross(told: _Told) -> str:
    first, second = told.column.split(BETWEEN)
    return (
        f"{first} and {second} {told.when} do not go together as {told.side}, by {told.change.measured:.3g} "
        f"bits where single days usually differ by {told.change.usual:.3g} at most; "
        f"{changed(told.now, told.then)}; were values swapped?"
    )


_SENTENCES: dict[str, Callable[[_Told], str]] = {
    names.NULLS: _nulls,
    names.COMMONEST: _commonest,
    names.UNSEEN: _unseen,
    names.UNSEEN_NUMBERS: _unseen_numbers,
    names.MEDIAN: _median,
    names.DISTRIBUTION: _distribution,
    names.CROSS: _cross,
}
