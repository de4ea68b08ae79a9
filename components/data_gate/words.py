"""Sentences on changed columns, for the owner of the data: where, how much, what is usual, what to do."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence

import numpy as np

from components.data_gate.changes_rule import Change
from components.data_gate.drift_rule import Drift
from components.gates import data_checks as names
from monitoring import distances
from monitoring.profiles import BETWEEN, Profile, merged, quantiles

_MOST_VALUES = 3


def of_change(change: Change, days: Sequence[dt.date], profiles: Sequence[Profile]) -> str:
    """Returns the sentence on a change.

    Args:
      change: of one column.
      days: of the window.
      profiles: of the column, a day each.
    """
    now = merged(profiles[change.first : change.last + 1])
    before = merged(profiles[: change.first])
    when = f"of {days[change.first]} … {days[change.last]}"
    return _SENTENCES[change.statistic](change, now, before, when)


def of_drift(drift: Drift, now: Profile, before: Profile, what: str, beside: str) -> str:
    """Returns the sentence on drift.

    Args:
      drift: of one column.
      now: what was judged.
      before: what it was compared with.
      what: the judged rows, in words.
      beside: what they were compared with, in words.
    """
    usual = "" if math.isnan(drift.usual) else f", where single days differ by {drift.usual:.3g} at most"
    return (
        f"{drift.column} of {what} is unlike that of {beside}, by {drift.measured:.3g} bits{usual}; "
        f"{_changed(now, before)}"
    )


def _nulls(change: Change, now: Profile, before: Profile, when: str) -> str:
    ours, theirs = now.nulls / now.rows, before.nulls / max(before.rows, 1)
    ask = "did its source fail?" if ours > theirs else "was it filled with a default?"
    return (
        f"{change.column} has no value in {ours:.1%} of the rows {when} ({now.nulls:,} of {now.rows:,}), "
        f"and in {theirs:.1%} of those before; {ask}"
    )


def _commonest(change: Change, now: Profile, before: Profile, when: str) -> str:
    del before
    value = now.values[now.counts.argmax()]
    shown = f"{value:g}" if now.values.dtype.kind == "f" else repr(str(value))
    return (
        f"{change.column} is {shown} in {now.commonest:.0%} of the rows {when}, and no value is in more than "
        f"{change.usual:.0%} of the rows of a day before; is it a default?"
    )


def _unseen(change: Change, now: Profile, before: Profile, when: str) -> str:
    known = set(before.values.tolist())
    new = [
        (str(value), count)
        for value, count in zip(now.values.tolist(), now.counts.tolist(), strict=True)
        if value not in known
    ]
    new.sort(key=lambda each: (-each[1], each[0]))
    shown = ", ".join(f"{value!r} ({count:,.0f} rows)" for value, count in new[:_MOST_VALUES])
    more = f" and {len(new) - _MOST_VALUES} more" if len(new) > _MOST_VALUES else ""
    share = sum(count for _, count in new) / now.rows
    return (
        f"{change.column} has values that no day before has in {share:.1%} of the rows {when}, at most "
        f"{change.usual:.1%} usually: {shown}{more}; are they right?"
    )


def _unseen_numbers(change: Change, now: Profile, before: Profile, when: str) -> str:
    new = ~np.isin(now.values, before.values)
    share = now.counts[new].sum() / now.rows
    order = np.argsort(-now.counts[new], kind="stable")[:_MOST_VALUES]
    shown = ", ".join(f"{value:.4g}" for value in now.values[new][order])
    return (
        f"{change.column} has numbers that no day before has in {share:.0%} of the rows {when}, at most "
        f"{change.usual:.0%} usually, as {shown}; was its unit changed, or how it is rounded?"
    )


def _median(change: Change, now: Profile, before: Profile, when: str) -> str:
    ours, theirs = (quantiles(side, (0.5,))[0] for side in (now, before))
    return (
        f"{change.column} is {ours:.4g} in the middle {when}, and {theirs:.4g} before: {change.measured:.2g} "
        f"interquartile ranges away, at most {change.usual:.2g} usually; was its unit changed?"
    )


def _distribution(change: Change, now: Profile, before: Profile, when: str) -> str:
    return (
        f"{change.column} {when} is unlike the days before, by {change.measured:.3g} bits where single days "
        f"differ by {change.usual:.3g} at most; {_changed(now, before)}; was its "
        f"{'unit' if now.values.dtype.kind == 'f' else 'coding'} changed?"
    )


def _cross(change: Change, now: Profile, before: Profile, when: str) -> str:
    first, second = change.column.split(BETWEEN)
    return (
        f"{first} and {second} {when} do not go together as before, by {change.measured:.3g} bits where "
        f"single days differ by {change.usual:.3g} at most; {_changed(now, before)}; were values swapped?"
    )


def _changed(now: Profile, before: Profile) -> str:
    parts = (
        f"{value} is in {ours:.1%} of the rows and was in {theirs:.1%}"
        for value, ours, theirs in distances.most_changed(now, before)
    )
    return "most changed: " + ", ".join(parts)


_SENTENCES: dict[str, Callable[[Change, Profile, Profile, str], str]] = {
    names.NULLS: _nulls,
    names.COMMONEST: _commonest,
    names.UNSEEN: _unseen,
    names.UNSEEN_NUMBERS: _unseen_numbers,
    names.MEDIAN: _median,
    names.DISTRIBUTION: _distribution,
    names.CROSS: _cross,
}
