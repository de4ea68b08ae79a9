"""Do predictions agree with labels in the large? Decided on plain numbers."""

from __future__ import annotations

import dataclasses
import math

from components.evaluator.paired_rule import SURE
from components.evaluator.policy import OVERALL, CalibrationLimit
from components.gates.verdict import Check

NAME = "calibration within"


@dataclasses.dataclass(frozen=True)
class Offset:
    """How far predictions are off on average.

    Attributes:
      mean_prediction, mean_label: of the same rows.
      spread: standard deviation of a label with values above and below 0, which a ratio says nothing of: then
        the mean error counts in it; None for other labels, where the ratio of the means counts.
      error: standard error of the mean of prediction less ratio times label or, with a spread, less label.
    """

    mean_prediction: float
    mean_label: float
    spread: float | None
    error: float

    @property
    def measured(self) -> float | None:
        """The ratio of the means, or the mean error in spreads; None where it is undefined."""
        if self.spread is None:
            found = self.mean_prediction / self.mean_label if self.mean_label else math.nan
        else:
            error = self.mean_prediction - self.mean_label
            found = error / self.spread if self.spread > 0 else math.nan
        return found if math.isfinite(found) else None

    @property
    def distance(self) -> float:
        """How far that is from perfect: of a ratio, its logarithm's size; infinite where it is undefined."""
        found = self.measured
        if found is None or (self.spread is None and found <= 0):
            return math.inf
        return abs(math.log(found)) if self.spread is None else abs(found)

    @property
    def chance(self) -> float:
        """Standard error of `distance`, where that is finite."""
        return self.error / (abs(self.mean_prediction) if self.spread is None else self.spread)


def is_calibrated(candidate: Offset, beside: Offset | None, whose: str, limit: CalibrationLimit) -> Check:
    """Passes unless predictions are surely further off than allowed, and further than those of another model.

    Args:
      candidate: the candidate's.
      beside: the other model's, on the same rows; None when there is none.
      whose: it is: `champion`, or `prior` where there is no champion.
      limit: `max_off` of it is a number.
    """
    max_off = limit.max_off or 0.0
    ratio = candidate.spread is None
    allowed, more = (
        (math.log1p(each) if ratio else each) for each in (max_off, limit.max_worse_than_champion)
    )
    passed = math.isfinite(candidate.distance) and (
        candidate.distance - SURE * candidate.chance <= allowed
        or (beside is not None and candidate.distance <= beside.distance + more < math.inf)
    )
    measured = candidate.measured
    threshold = 1 + max_off if ratio else max_off
    if ratio and measured is not None and measured < 1:
        threshold = 1 / threshold
    return Check(NAME, OVERALL, measured, threshold, passed, _why(candidate, beside, whose, max_off))


def _why(candidate: Offset, beside: Offset | None, whose: str, max_off: float) -> str:
    if candidate.measured is None:
        return (
            f"calibration of overall is undefined: the mean prediction is {candidate.mean_prediction:.4g}, "
            f"and the mean label {candidate.mean_label:.4g}"
        )
    theirs = beside.measured if beside else None
    if candidate.spread is not None:
        other = f", and the {whose}'s by {theirs:.2f}" if theirs is not None else ""
        return (
            f"predictions are off by {candidate.measured:.2f} standard deviations of the label on average"
            f"{other}; allowed is {max_off:g}"
        )
    other = f", and the {whose}'s {theirs:.2f} times" if theirs is not None else ""
    return (
        f"the mean prediction is {candidate.measured:.2f} times the mean label "
        f"({candidate.mean_prediction:.4g} against {candidate.mean_label:.4g}){other}; "
        f"allowed is {1 / (1 + max_off):.2f} to {1 + max_off:.2f}"
    )
