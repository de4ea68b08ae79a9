"""Answers of the command line that contradict each other. Pure Python."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from components.shown import shown
from pipeline.data.infer.date_forms import Order
from pipeline.data.propose.questions import NONE, Answers
from pipeline.errors import ConfigError

# Of one column, no two of these can be meant.
_CLASHES = (
    frozenset({"--keep", "--leave-out"}),
    frozenset({"--label", "--leave-out"}),
    frozenset({"--label", "--split-key"}),
    frozenset({"--label", "--date"}),
    frozenset({"--date", "--leave-out"}),
    frozenset({"--date", "--split-key"}),
    frozenset({"--split-key", "--leave-out"}),
    frozenset({"--split-key", "--keep"}),
)


def refuse(answers: Answers, label: str) -> None:
    """Ends the command if two answers say different things of one column.

    Args:
      answers: of the command line.
      label: header of the label's column.

    Raises:
      ConfigError: two do.
    """
    said: Sequence[tuple[str, str | None]] = [
        ("--label", label),
        ("--date", answers.date),
        ("--split-key", answers.split_key),
        *(("--keep", each) for each in answers.keep),
        *(("--leave-out", each) for each in answers.leave_out),
    ]
    for (one, column), (other, same) in itertools.combinations(said, 2):
        if column == same and column not in (None, NONE) and {one, other} in _CLASHES:
            raise ConfigError(f"{one} {shown(column)} contradicts {other} {shown(column)}; give one of them")


def order(*, day_first: bool, month_first: bool) -> Order | None:
    """Returns which of day and month comes first, as somebody said; None if nobody did.

    Raises:
      ConfigError: both were said.
    """
    if day_first and month_first:
        raise ConfigError("--day-first contradicts --month-first; give one of them")
    return "day" if day_first else "month" if month_first else None
