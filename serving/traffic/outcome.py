"""What an answer is worth: whether it can be used, and its number by which two versions are compared."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from serving.rollout.evidence import Sums
from serving.rollout.plan import RolloutPlan

_LARGEST = 1e100  # its square still is a number
_ROUNDING = 1e-6  # a sum of float32 may miss 1 by so much


def is_usable(outputs: Mapping[str, np.ndarray], plan: RolloutPlan) -> bool:
    """Returns whether every number of an answer is one, no NaN and no infinity, and in the plan's range."""
    if not all(_finite(value) for value in outputs.values()):
        return False
    answer = outputs.get(plan.answer)
    if answer is None or plan.answer_range is None or not answer.size or answer.dtype.kind not in "fiu":
        return True
    least, most = plan.answer_range
    return bool(least - _ROUNDING <= answer.min() and answer.max() <= most + _ROUNDING)


def _finite(value: np.ndarray) -> bool:
    if value.dtype.kind != "f":
        return True
    if value.size == 1:
        return math.isfinite(value.item())
    return bool(np.isfinite(value).all())


def compared(
    candidate: Mapping[str, np.ndarray], champion: Mapping[str, np.ndarray], answer: str = ""
) -> Sums:
    """Returns the sums of two answers to the same rows; of rows that both answered by a number.

    The plan's answer is compared, where it is one of the outputs. Else the first output by name whose values
    are floating-point numbers stands for it, or the first of whole numbers; of each row its first value.
    Answers without one that both share are not compared.
    """
    name = _numeric({answer: champion[answer]} if answer in champion else champion)
    if name is None or name not in candidate or candidate[name].shape != champion[name].shape:
        return Sums()
    new, old = _first_values(candidate[name]), _first_values(champion[name])
    known = (np.abs(new) < _LARGEST) & (np.abs(old) < _LARGEST)  # a NaN is below nothing
    new, old = new[known], old[known]
    difference = new - old
    return Sums(
        int(known.sum()),
        float(difference.sum()),
        float(difference @ difference),
        float(old.sum()),
        float(old @ old),
    )


def _numeric(outputs: Mapping[str, np.ndarray]) -> str | None:
    for kinds in ("f", "iu"):
        for name in sorted(outputs):
            if outputs[name].dtype.kind in kinds and outputs[name].size:
                return name
    return None


def _first_values(value: np.ndarray) -> np.ndarray:
    rows = value.shape[0] if value.shape else 1
    return value.reshape(rows, -1)[:, 0].astype(np.float64)
