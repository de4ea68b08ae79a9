"""Sentences on drift: how far rows are from others, and in what."""

from __future__ import annotations

import math

from monitoring import distances
from monitoring.drift_rule import Drift
from monitoring.profiles import MOST_CATEGORIES, Profile


def of_drift(drift: Drift, now: Profile, before: Profile, what: str, beside: str) -> str:
    """Returns the sentence on drift.

    Args:
      drift: of one column.
      now: what was judged.
      before: what it was compared with.
      what: the judged rows, in words.
      beside: what they were compared with, in words.
    """
    usual = (
        "" if math.isnan(drift.usual) else f", where single days usually differ by {drift.usual:.3g} at most"
    )
    return (
        f"{drift.column} of {what} is unlike that of {beside}, by {drift.measured:.3g} bits{usual}; "
        f"{changed(now, before)}"
    )


def changed(now: Profile, then: Profile) -> str:
    """Returns which values' shares changed most, and from what to what."""
    if now.many or then.many:
        return f"it has more than {MOST_CATEGORIES} different values"
    parts = (
        f"{value} is in {ours:.1%} of the rows and was in {theirs:.1%}"
        for value, ours, theirs in distances.most_changed(now, then)
    )
    return "most changed: " + ", ".join(parts)
