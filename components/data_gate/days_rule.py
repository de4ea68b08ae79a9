"""What stops a run on one bad day, each measured by the window's own earlier days.

A shop that is closed on Sundays, a label of one row in two hundred and a table of repeated rows have always
been so. Wrong is a day that is not like the others any more, far beyond chance.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from components.data_gate.day_facts import DayFacts, Finding, shared_rows
from components.gates.data_checks import (
    DUPLICATES,
    FEW_ROWS,
    ONE_CLASS,
    OTHER_DAYS,
    REFUSED,
    SAME_CONTENT,
)

LEAST_SHARE = 0.5  # of the usual rows
LOWEST_DAY = 0.75  # of the lowest other day
LEAST_USUAL_ROWS = 10.0  # below, chance alone makes empty days
IMPOSSIBLE = 1e-6  # a day without a class is wrong where chance is less than this
RARE_DAYS = 0.05  # share of other days that may have had fewer of the class than is reckoned with
LEAST_OF_ONE_LABEL = 20  # rows, of fewer of which the numbers that are predicted may all be one
SLACK = 0.02  # share of repeated rows beyond the largest other day
LEAST_REPEATED = 5
REPEATED_BY_NATURE = 0.9  # share of different rows, below which a busy day alone has more repeated ones
OTHER_DAY_SHARE = 0.005
SAME_SHARE, LEAST_SAME = 0.05, 10
BEYOND = 1.25  # times the largest other day
REFUSED_SHARE, REFUSED_IN_A_ROW, IN_A_ROW = 0.75, 0.2, 3
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def findings(days: Sequence[DayFacts], least_history: int, most_history: int) -> Iterator[Finding]:
    """Yields what is wrong with the judged days of a window.

    A day that a check has found wrong measures no later day by that check. On a first run the first days are
    measured by those that follow, where that says something.

    Args:
      days: of the window, in order of time.
      least_history: other days without which a day is not judged; rows of another day are, by their date.
      most_history: earlier days that a day is measured by, the newest.
    """
    wrong: dict[str, set[int]] = {}

    def others(check: str, start: int, end: int) -> list[DayFacts]:
        return [days[each] for each in range(start, end) if each not in wrong.get(check, ())]

    for position, day in enumerate(days):
        if not day.judged:
            continue
        start = max(position - most_history, 0)
        for check, rule in _RULES.items():
            known = others(check, start, position)
            if len(known) < least_history:
                known = _around(check, others, position, most_history, len(days))
            if len(known) < least_history and check != OTHER_DAYS:
                continue
            found = list(rule(day, known))
            if found:
                wrong.setdefault(check, set()).add(position)
            yield from found
    yield from _same_content(days, least_history)


def _around(
    check: str, others: Callable[[str, int, int], list[DayFacts]], position: int, most: int, days: int
) -> list[DayFacts]:
    """Returns the days around an early one; none for what may rightly have grown since: rows and labels."""
    if check in (FEW_ROWS, REFUSED):
        return []
    return [*others(check, 0, position), *others(check, position + 1, min(position + 1 + most, days))]


def _second_largest(values: Iterable[float]) -> float:
    """Returns the second largest: one odd day that was let through does not make the next one usual."""
    ordered = sorted(values)
    return ordered[-2] if len(ordered) > 1 else max(ordered, default=0.0)


def _at_most(usual: float) -> str:
    return f"{usual:.1%} at most, usually" if usual else "none, usually"


def _by_chance(share: float, rows: int) -> float:
    """Returns how far the share of so few rows may lie from what it is of many: four standard errors."""
    return 4.0 * math.sqrt(share * (1.0 - share) / max(rows, 1))


def _few_rows(day: DayFacts, others: Sequence[DayFacts]) -> Iterator[Finding]:
    usual, words = _usual_rows(day, others)
    if usual < LEAST_USUAL_ROWS:
        return
    short = [1.0 - min(other.read / before, 1.0) for other, before in _beside_their_usual(others) if before]
    limit = min(LEAST_SHARE, LOWEST_DAY * (1.0 - _second_largest(short)))
    share = day.read / usual
    if share < limit:
        yield _finding(
            FEW_ROWS,
            day,
            day.read,
            limit * usual,
            f"has {_rows(day.read)}, and {words} have {usual:,.0f} usually; "
            "was the file cut, or filled before the day was over? Deliver it again",
        )


def _usual_rows(day: DayFacts, others: Sequence[DayFacts]) -> tuple[float, str]:
    """Returns the median rows of the same weekday among others, or of all where there are too few of it."""
    if day.day == day.last_day:
        same = [other.read for other in others if other.day.weekday() == day.day.weekday()]
        if len(same) >= 2:
            return statistics.median(same), f"{_WEEKDAYS[day.day.weekday()]} before it"
    return statistics.median(other.read for other in others), "the others before it"


def _beside_their_usual(days: Sequence[DayFacts]) -> Iterator[tuple[DayFacts, float]]:
    for position, day in enumerate(days):
        others = [*days[:position], *days[position + 1 :]]
        if others:
            yield day, _usual_rows(day, others)[0]


def _one_class(day: DayFacts, others: Sequence[DayFacts]) -> Iterator[Finding]:
    known = [other for other in others if other.rows]
    if not day.rows or not known:
        return
    if not day.classes:
        yield from _one_number(day, known)
    for label in sorted({label for other in known for label in other.classes}):
        if day.classes.get(label, 0) or not day.classes:
            continue
        shares = sorted(other.classes.get(label, 0) / other.rows for other in known)
        rare = shares[max(int(RARE_DAYS * len(shares)), min(1, len(shares) - 1))]
        chance = (1.0 - rare) ** day.rows
        if chance < IMPOSSIBLE:
            usual = statistics.median(shares)
            yield _finding(
                ONE_CLASS,
                day,
                0,
                IMPOSSIBLE,
                f"has no row of the class {label!r} among {_rows(day.rows)}, and other days have {usual:.1%} "
                "usually; are its labels complete?",
            )


def _one_number(day: DayFacts, known: Sequence[DayFacts]) -> Iterator[Finding]:
    usual = _second_largest(other.one_label for other in known)
    if day.one_label == 1.0 and day.rows >= LEAST_OF_ONE_LABEL and usual < 1.0:
        yield _finding(
            ONE_CLASS,
            day,
            1.0,
            usual,
            f"has one label in all of its {_rows(day.rows)}, and on other days the commonest is in "
            f"{_at_most(usual)}; are its labels complete?",
        )


def _duplicates(day: DayFacts, others: Sequence[DayFacts]) -> Iterator[Finding]:
    """Yields that rows are repeated; where they are by nature, only that every one is."""
    known = [other for other in others if other.rows]
    if not known or not day.rows:
        return
    repeated = [1.0 - other.distinct / other.rows for other in known]
    usual, middle = _second_largest(repeated), statistics.median(repeated)
    busy = max(day.rows / statistics.median(other.rows for other in known), 1.0)  # more rows meet more often
    limit = min((usual + max(SLACK, 2.0 * (usual - middle))) * busy + _by_chance(usual, day.rows), 1.0)
    rows = day.rows - day.distinct
    by_nature = 1.0 - middle < REPEATED_BY_NATURE
    whole = day.copies > _second_largest(other.copies for other in known) and day.distinct >= LEAST_SAME
    if whole if by_nature else rows > limit * day.rows and rows >= LEAST_REPEATED:
        often = f"has every row {day.copies} times" if whole else f"has {_rows(rows)} of {day.rows:,} that"
        yield _finding(
            DUPLICATES,
            day,
            rows / day.rows,
            limit,
            f"{often}{'' if whole else ' repeat another row of it'}, and other days repeat {usual:.1%} of "
            "theirs; was a file written into it twice?",
        )


def _other_days(day: DayFacts, others: Sequence[DayFacts]) -> Iterator[Finding]:
    rows = sum(day.dates.values())
    if not rows:
        return
    usual = _second_largest(_other_share(other) for other in others)
    limit = max(BEYOND * usual + _by_chance(usual, rows), OTHER_DAY_SHARE)
    share = _other_share(day)
    if share > limit:
        foreign = day.other_days
        most = sorted(foreign, key=lambda other: (-foreign[other], other))
        shown = ", ".join(f"{other} ({foreign[other]:,})" for other in most[:3])
        yield _finding(
            OTHER_DAYS,
            day,
            share,
            limit,
            f"has {_rows(sum(foreign.values()))} of {rows:,} that name another day: {shown}; other days "
            f"have {_at_most(usual)}; is it the right file?",
        )


def _other_share(day: DayFacts) -> float:
    rows = sum(day.dates.values())
    return sum(day.other_days.values()) / rows if rows else 0.0


def _same_content(days: Sequence[DayFacts], least_history: int) -> Iterator[Finding]:
    if len(days) <= least_history:
        return
    shared = shared_rows(days)
    before = np.tril(shared, -1)
    most = before.max(axis=1, initial=0.0)
    wrong: set[int] = set()
    for position, day in enumerate(days):
        if not day.judged:
            continue
        known = range(position) if position >= least_history else range(1, len(days))
        usual = _second_largest(most[each] for each in known if each != position and each not in wrong)
        closest = int(np.argmax(before[position]))
        other, same = days[closest], float(before[position, closest])
        limit = max(BEYOND * usual + _by_chance(usual, day.distinct), SAME_SHARE)
        if same <= limit or same * day.distinct < LEAST_SAME:
            continue
        wrong.add(position)
        apart = ", which trains while this one judges" if day.evaluates and not other.evaluates else ""
        yield _finding(
            SAME_CONTENT,
            day,
            same,
            limit,
            f"has {same:.0%} of its rows in common with {other.day}{apart}; other days "
            f"have {_at_most(usual)} in common with one before; was one delivered as the other?",
        )


def _refused(day: DayFacts, others: Sequence[DayFacts]) -> Iterator[Finding]:
    """Yields each reason for which too many rows of the day, or of all the last days, are left out."""
    days = [*others, day]
    for reason in sorted(day.refused):
        shares = [_refused_share(other, reason) for other in days]
        rows_of_days = [min(shares[first : first + IN_A_ROW]) for first in range(len(shares) - IN_A_ROW + 1)]
        found = _left_out(day, reason, shares, REFUSED_SHARE, "", "days before lack")
        also = f", and {rows_of_days[-1]:.0%} or more on each of the {IN_A_ROW - 1} days before it"
        yield from found or _left_out(
            day,
            reason,
            rows_of_days,
            REFUSED_IN_A_ROW,
            also,
            f"no {IN_A_ROW} days in a row before all lack over",
        )


def _left_out(
    day: DayFacts, reason: str, shares: Sequence[float], least: float, also: str, usually: str
) -> list[Finding]:
    """Returns a finding if the last of the shares that are left out lies beyond the others."""
    *before, share = shares
    usual = _second_largest(before)
    limit = max(BEYOND * usual, least)
    if share <= limit:
        return []
    sentence = (
        f"lacks {_rows(day.refused[reason])} of {day.read:,} ({reason}){also}; {usually} {usual:.0%}; "
        "deliver it again, or end the window earlier"
    )
    return [_finding(REFUSED, day, share, limit, sentence)]


def _refused_share(day: DayFacts, reason: str) -> float:
    return day.refused.get(reason, 0) / day.read if day.read else 0.0


def _finding(check: str, day: DayFacts, measured: float, threshold: float, what: str) -> Finding:
    subject = day.day.isoformat()
    return Finding(check, subject, float(measured), float(threshold), f"{subject} {what}")


def _rows(number: int) -> str:
    return f"{number:,} row{'s' * (number != 1)}" if number else "no rows"


_RULES: dict[str, Callable[[DayFacts, Sequence[DayFacts]], Iterator[Finding]]] = {
    FEW_ROWS: _few_rows,
    ONE_CLASS: _one_class,
    DUPLICATES: _duplicates,
    OTHER_DAYS: _other_days,
    REFUSED: _refused,
}
