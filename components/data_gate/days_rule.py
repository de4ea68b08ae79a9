"""What stops a run on one bad day, each measured by the window's own earlier days.

A shop that is closed on Sundays, a label of one row in two hundred and a table of repeated rows have always
been so. Wrong is a day that is not like the others any more, far beyond chance.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence

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
LOWEST_DAY = 0.75  # of the lowest earlier day
LEAST_USUAL_ROWS = 10.0  # below, chance alone makes empty days
IMPOSSIBLE = 1e-6  # a day without a class is wrong where chance is less than this
RARE_DAYS = 0.05  # share of earlier days that may have had fewer of the class than is reckoned with
SLACK = 0.02  # share of repeated rows beyond the largest earlier day
LEAST_REPEATED = 5
REPEATED_BY_NATURE = 0.9  # share of different rows, below which a busy day alone has more repeated ones
OTHER_DAY_SHARE = 0.005
SAME_SHARE, LEAST_SAME, REPEAT_BY_NATURE = 0.05, 10, 0.9
BEYOND = 1.25  # times the largest earlier day
BEYOND_MEDIAN = 3.0
REFUSED_SHARE, REFUSED_IN_A_ROW, IN_A_ROW = 0.75, 0.2, 3
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def findings(days: Sequence[DayFacts], least_history: int, most_history: int) -> Iterator[Finding]:
    """Yields what is wrong with the judged days of a window.

    Args:
      days: of the window, in order of time.
      least_history: earlier days without which a day is not judged; rows of another day are, by their date.
      most_history: earlier days that a day is measured by, the newest.
    """
    for position, day in enumerate(days):
        if not day.judged:
            continue
        earlier = days[max(position - most_history, 0) : position]
        shares = [_other_share(other) for other in earlier]
        if len(earlier) < least_history:  # of the other days, the median: few have no largest to go by
            others = [_other_share(other) for other in days if other is not day]
            usual = statistics.median(others) if others else 0.0
            yield from _other_days(day, usual, max(BEYOND_MEDIAN * usual, OTHER_DAY_SHARE))
            continue
        yield from _other_days(day, max(shares), max(BEYOND * max(shares), OTHER_DAY_SHARE))
        yield from _few_rows(day, earlier)
        yield from _refused(day, earlier)
        if day.rows:
            yield from _one_class(day, earlier)
            yield from _duplicates(day, earlier)
    yield from _same_content(days, least_history)


def _few_rows(day: DayFacts, earlier: Sequence[DayFacts]) -> Iterator[Finding]:
    usual, words = _usual_rows(day, earlier)
    if usual < LEAST_USUAL_ROWS:
        return
    shares = [other.read / before for other, before in _beside_their_usual(earlier) if before]
    limit = min(LEAST_SHARE, LOWEST_DAY * min(shares, default=1.0))
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


def _one_class(day: DayFacts, earlier: Sequence[DayFacts]) -> Iterator[Finding]:
    known = [other for other in earlier if other.rows]
    for label in sorted({label for other in known for label in other.classes}):
        if day.classes.get(label, 0) or not day.classes:
            continue
        shares = sorted(other.classes.get(label, 0) / other.rows for other in known)
        rare = shares[int(RARE_DAYS * len(shares))]
        chance = (1.0 - rare) ** day.rows
        if chance < IMPOSSIBLE:
            usual = statistics.median(shares)
            yield _finding(
                ONE_CLASS,
                day,
                0,
                IMPOSSIBLE,
                f"has no row of the class {label!r} among {_rows(day.rows)}, and the days before have "
                f"{usual:.1%} usually; are its labels complete?",
            )


def _duplicates(day: DayFacts, earlier: Sequence[DayFacts]) -> Iterator[Finding]:
    """Yields that rows are repeated; where they are by nature, only that every one is."""
    known = [other for other in earlier if other.rows]
    if not known:
        return
    different = [other.distinct / other.rows for other in known]
    lowest, middle = min(different), statistics.median(different)
    repeated = day.rows - day.distinct
    slack = max(SLACK, 2.0 * (1.0 - lowest / middle))
    allowed = day.rows * (1.0 - lowest * (1.0 - slack))
    by_nature = middle < REPEATED_BY_NATURE
    whole = day.copies > max(other.copies for other in known) and day.distinct >= LEAST_SAME
    if whole if by_nature else repeated > allowed and repeated >= LEAST_REPEATED:
        often = (
            f"has every row {day.copies} times" if whole else f"has {_rows(repeated)} of {day.rows:,} that"
        )
        yield _finding(
            DUPLICATES,
            day,
            repeated / day.rows,
            allowed / day.rows,
            f"{often}{'' if whole else ' repeat another row of it'}, and the days before repeat "
            f"{1 - lowest:.1%} of theirs at most; was a file written into it twice?",
        )


def _other_days(day: DayFacts, usual: float, limit: float) -> Iterator[Finding]:
    rows = sum(day.dates.values())
    if not rows:
        return
    others = day.other_days
    if _other_share(day) > limit:
        most = sorted(others, key=lambda other: (-others[other], other))
        shown = ", ".join(f"{other} ({others[other]:,})" for other in most[:3])
        yield _finding(
            OTHER_DAYS,
            day,
            _other_share(day),
            limit,
            f"has {_rows(sum(others.values()))} of {rows:,} that name another day: {shown}; other days "
            f"have {usual:.1%} at most; is it the right file?",
        )


def _other_share(day: DayFacts) -> float:
    rows = sum(day.dates.values())
    return sum(day.other_days.values()) / rows if rows else 0.0


def _same_content(days: Sequence[DayFacts], least_history: int) -> Iterator[Finding]:
    shared = np.tril(shared_rows(days), -1) if days else np.zeros((0, 0))
    closest = shared.max(axis=1, initial=0.0)
    for position, day in enumerate(days):
        if not day.judged or position < least_history:
            continue
        usual = float(closest[:position].max())
        other = days[int(np.argmax(shared[position]))]
        limit = max(BEYOND * usual, SAME_SHARE)
        same = float(closest[position])
        copy = usual >= REPEAT_BY_NATURE and _copied(day, days[:position])
        if not copy and not (same > limit and same * min(day.distinct, other.distinct) >= LEAST_SAME):
            continue
        other = copy or other
        apart = ", which trains while this one judges" if day.evaluates and not other.evaluates else ""
        yield _finding(
            SAME_CONTENT,
            day,
            same,
            min(limit, 1.0),
            f"has {same:.0%} of its rows in common with {other.day}{apart}; two days before share "
            f"{usual:.0%} at most; was one delivered as the other?",
        )


def _copied(day: DayFacts, earlier: Sequence[DayFacts]) -> DayFacts | None:
    """Returns the day whose rows these all are, if no two earlier days' are the same."""
    by_digest = {other.digest: other for other in earlier if other.rows}
    unlike = len(by_digest) == sum(other.rows > 0 for other in earlier)
    return by_digest.get(day.digest) if unlike and day.distinct >= LEAST_SAME else None


def _refused(day: DayFacts, earlier: Sequence[DayFacts]) -> Iterator[Finding]:
    """Yields each reason for which too many rows of the day, or of all the last days, are left out."""
    days = [*earlier, day]
    for reason in sorted(day.refused):
        shares = [_refused_share(other, reason) for other in days]
        rows_of_days = [min(shares[first : first + IN_A_ROW]) for first in range(len(shares) - IN_A_ROW + 1)]
        found = _left_out(day, reason, shares, REFUSED_SHARE, "")
        also = f", and {rows_of_days[-1]:.0%} or more on the {IN_A_ROW - 1} days before it"
        yield from found or _left_out(day, reason, rows_of_days, REFUSED_IN_A_ROW, also)


def _left_out(day: DayFacts, reason: str, shares: Sequence[float], least: float, also: str) -> list[Finding]:
    """Returns a finding if the last of the shares that are left out lies beyond the others."""
    *before, share = shares
    usual = max(before)
    limit = max(BEYOND * usual, least)
    if share <= limit:
        return []
    sentence = (
        f"lacks {_rows(day.refused[reason])} of {day.read:,} ({reason}){also}; the days before lack "
        f"{usual:.0%} at most; deliver it again, or end the window earlier"
    )
    return [_finding(REFUSED, day, share, limit, sentence)]


def _refused_share(day: DayFacts, reason: str) -> float:
    return day.refused.get(reason, 0) / day.read if day.read else 0.0


def _finding(check: str, day: DayFacts, measured: float, threshold: float, what: str) -> Finding:
    subject = day.day.isoformat()
    return Finding(check, subject, float(measured), float(threshold), f"{subject} {what}")


def _rows(number: int) -> str:
    return f"{number:,} row{'s' * (number != 1)}" if number else "no rows"
