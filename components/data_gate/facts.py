"""From a day's profile to what the rules on days know of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from components.data_gate.day_facts import DayFacts
from components.data_gate.day_profile import DayProfile


def facts_of(
    day: dt.date,
    last_day: dt.date,
    profile: DayProfile,
    *,
    read: int,
    refused: Mapping[str, int],
    label: str,
    evaluates: bool,
    judged: bool,
) -> DayFacts:
    """Returns the facts of a span.

    Args:
      day: that it is named by.
      last_day: the last that it may hold rows of.
      profile: of its rows.
      read: rows that the source has.
      refused: reason to rows left out.
      label: column of the label.
      evaluates: whether its rows are for evaluation.
      judged: whether it is judged.
    """
    labels = profile.columns[label]
    is_number = labels.many or labels.values.dtype.kind == "f"
    classes = {} if is_number else dict(zip(labels.values.tolist(), labels.counts.tolist(), strict=True))
    return DayFacts(
        day=day,
        last_day=last_day,
        evaluates=evaluates,
        judged=judged,
        read=read,
        refused=refused,
        rows=profile.rows,
        distinct=profile.distinct,
        copies=profile.copies,
        dates=profile.dates,
        classes=classes,
        one_label=labels.commonest,
        hashes=profile.hashes,
        digest=profile.digest,
    )
