"""From a day's profile to what the rules on days know of it."""

from __future__ import annotations

from components.data_gate.day import Day
from components.data_gate.day_facts import DayFacts


def facts_of(day: Day, label: str, *, judged: bool) -> DayFacts:
    """Returns the facts of a span.

    Args:
      day: the span.
      label: column of the label.
      judged: whether it is judged.
    """
    profile = day.profile
    labels = profile.columns[label]
    is_number = labels.many or labels.values.dtype.kind == "f"
    classes = {} if is_number else dict(zip(labels.values.tolist(), labels.counts.tolist(), strict=True))
    return DayFacts(
        day=day.first,
        last_day=day.last,
        evaluates=day.evaluates,
        judged=judged,
        read=day.read,
        refused=day.refused,
        rows=profile.rows,
        distinct=profile.distinct,
        copies=profile.copies,
        dates=profile.dates,
        classes=classes,
        one_label=labels.commonest,
        hashes=profile.hashes,
    )
