"""Is a candidate no worse than the champion, beyond what chance explains? Decided on plain numbers.

A one-sided paired test of non-inferiority: the gate opens only if even the upper end of what the loss may be
is within the margin. So a model that is worse by the margin is refused 95 times of 100, however many rows
judge; with too few rows an equal one is refused as well, and the verdict says that it was for the rows.
"""

from __future__ import annotations

import dataclasses
import math

from components.evaluator.shown_number import rounded_up, shown_together
from components.gates.verdict import Check

SURE = 1.645  # standard errors above the loss, which 95 of 100 draws stay under
_FAR_TOO_FEW = 20  # times the rows: then no number of them is a way out


@dataclasses.dataclass(frozen=True)
class Difference:
    """By how much the candidate is worse than the champion, on the same rows.

    Attributes:
      loss: in the metric's unit; below 0 where the candidate is better. NaN where one of both is undefined.
      se: standard error of `loss`, if rows are drawn anew; NaN where it is undefined.
      se_by_day: the same if whole days are drawn anew; None where no column says a row's day.
      rows: number of rows.
    """

    loss: float
    se: float
    se_by_day: float | None
    rows: int

    @property
    def at_most(self) -> float:
        """The loss that is exceeded in 5 of 100 draws only."""
        return self.loss + SURE * self.se


def not_worse(metric: str, subject: str, difference: Difference | None, allowed: float) -> Check:
    """Passes if the loss is within what is allowed, beyond chance.

    Args:
      metric: its name.
      subject: of the check.
      difference: None where the candidate or the champion has no value.
      allowed: the margin, in the metric's unit.
    """
    name = f"{metric} worse than champion by at most"
    if difference is None or not math.isfinite(difference.loss):
        reason = f"{metric} of {subject} cannot be compared with the champion's, one of them is missing"
        return Check(name, subject, None, allowed, False, reason)
    if not math.isfinite(difference.se):
        reason = (
            f"{metric} of {subject} cannot be compared with the champion's: a class has fewer than 2 rows, "
            "so nobody can say how far chance goes"
        )
        return Check(name, subject, None, allowed, False, reason)
    passed = difference.at_most <= allowed
    return Check(
        name, subject, difference.at_most, allowed, passed, _why(metric, subject, difference, allowed)
    )


def _why(metric: str, subject: str, found: Difference, allowed: float) -> str:
    sizes = [size for size in (found.se, allowed) if size > 0]
    by_day = [] if found.se_by_day is None else [found.se_by_day]
    loss, error, margin, *clustered = shown_together(
        abs(found.loss), found.se, allowed, *by_day, smallest=max(min(sizes, default=0.0), allowed / 100)
    )
    than = "better" if found.loss < 0 else "worse"
    days = f" (by days ± {clustered[0]})" if clustered else ""
    head = f"{metric} of {subject} is {loss} ± {error} {than} than the champion's{days}"
    if found.loss >= allowed:
        return f"{head}, allowed {margin}"
    return f"{head}: too few rows to exclude {margin} ({_more_rows(found, allowed)})"


def _more_rows(found: Difference, allowed: float) -> str:
    """Returns how many rows more would do, if they went on as these."""
    times = (SURE * found.se / (allowed - found.loss)) ** 2
    more = rounded_up((times - 1) * found.rows)
    if more > _FAR_TOO_FEW * found.rows:
        return f"more than {_FAR_TOO_FEW} times as many would"
    return f"about {more:,} more would"
