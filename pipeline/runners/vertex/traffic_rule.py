"""How an endpoint shares its traffic, by the record of models. Decided on plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pipeline.lineage.events import ModelVersion
from pipeline.lineage.models import PREVIOUS, Models

_ROUNDING = 1e-6  # of shares that were added up


def shares_of(models: Models) -> dict[ModelVersion, float]:
    """Returns the share of the requests that each version answers; a version without one is left out.

    The live one answers all but the share of a canary beside it.
    """
    if models.live is None:
        return {}
    rolling = models.rolling
    share = models.history(rolling)[-1].share if rolling else 0.0
    shares = {models.live: 1.0 - share}
    return {**shares, rolling: share} if rolling and share else shares


def kept(models: Models) -> set[ModelVersion]:
    """Returns the versions that stay deployed: with a share, in a rollout, or what going back leads to."""
    waiting = (models.rolling, models.alias(PREVIOUS))
    return {*shares_of(models), *(each for each in waiting if each)}


def split_of(shares: Mapping[str, float]) -> dict[str, int]:
    """Returns shares as an endpoint takes them: whole percents that sum to 100.

    What rounding leaves goes to the shares that lost most by it. A share above 0 is at least one percent, and
    the largest gives what that takes; a share of 0 is left out, since what is not named has no traffic.

    Args:
      shares: of the requests by deployed model, each from 0 to 1, with the sum 1; none: nothing answers.

    Raises:
      ValueError: they are no such shares, or more than 100 are above 0.
    """
    given = {each: share for each, share in shares.items() if share != 0}
    if not given:
        return {}
    total = math.fsum(given.values())
    if len(given) > 100 or min(shares.values()) < 0 or not math.isclose(total, 1, abs_tol=_ROUNDING):
        raise ValueError(f"shares of an endpoint's traffic are from 0 to 1 and sum to 1, not {dict(shares)}")
    split = {each: max(1, math.floor(share * 100)) for each, share in given.items()}
    by_loss = sorted(split, key=lambda each: (split[each] - given[each] * 100, each))
    for each in by_loss[: max(0, 100 - sum(split.values()))]:
        split[each] += 1
    while sum(split.values()) > 100:
        split[max(split, key=lambda each: (split[each], each))] -= 1
    return split
