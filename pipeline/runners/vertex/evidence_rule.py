"""What the metrics of an endpoint say of a rollout, as the evidence that its guards take. Plain values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from serving.rollout.evidence import CANDIDATE, CHAMPION, ERRORS, SLOW, StageEvidence
from serving.rollout.plan import GuardLimits


@dataclass(frozen=True)
class Responses:
    """How many requests one deployed model answered with one kind of code, in a minute or so.

    Attributes:
      deployed: id of the deployed model.
      begins, ends: with time zones.
      code: as the service writes it: `5xx`, or `503` where an endpoint is private.
      count: of the requests.
    """

    deployed: str
    begins: dt.datetime
    ends: dt.datetime
    code: str
    count: int


@dataclass(frozen=True)
class Bucket:
    """Calls that took from `low_ms` to less than `high_ms` milliseconds."""

    low_ms: float
    high_ms: float
    count: int


@dataclass(frozen=True)
class Latencies:
    """How long the calls of one deployed model took; attributes as those of Responses."""

    deployed: str
    begins: dt.datetime
    ends: dt.datetime
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True)
class Measured:
    """What was measured of an endpoint while a stage lasted."""

    responses: tuple[Responses, ...] = ()
    latencies: tuple[Latencies, ...] = ()


def evidence_of(measured: Measured, sides: Mapping[str, str], limits: GuardLimits) -> StageEvidence:
    """Returns what is known of a stage.

    Nobody knows the clients of an endpoint, so each bad event has a key of its own. An endpoint deals every
    request by itself, so a client whose requests fail falls on both versions by their shares.

    Args:
      measured: while its share of the traffic was constant.
      sides: candidate or champion by the id of the deployed model; others do not count.
      limits: of the rollout's plan.
    """
    asked = {side: _sum(measured.responses, sides, side, "25") for side in (CANDIDATE, CHAMPION)}
    failed = {side: _sum(measured.responses, sides, side, "5") for side in (CANDIDATE, CHAMPION)}
    slow_over_ms, since = _threshold(
        [each for each in measured.latencies if sides.get(each.deployed) == CHAMPION], limits
    )
    slow = {CANDIDATE: 0, CHAMPION: 0}
    for each in measured.latencies:
        if slow_over_ms is not None and each.deployed in sides and each.begins >= since:
            slow[sides[each.deployed]] += sum(b.count for b in each.buckets if b.low_ms >= slow_over_ms)
    return StageEvidence(
        asked, {ERRORS: _keys(failed), SLOW: _keys(slow)}, None if slow_over_ms is None else slow_over_ms
    )


def _sum(responses: Iterable[Responses], sides: Mapping[str, str], side: str, digits: str) -> int:
    """Returns how many were answered with a code that begins so: who is refused (4xx) asked no model."""
    return sum(
        each.count for each in responses if sides.get(each.deployed) == side and each.code[:1] in {*digits}
    )


def _keys(counts: Mapping[str, int]) -> dict[str, frozenset[int]]:
    return {side: frozenset(range(count)) for side, count in counts.items()}


def _threshold(champion: Sequence[Latencies], limits: GuardLimits) -> tuple[float | None, dt.datetime]:
    """Returns from how many milliseconds on a call is slow, and from when on calls are judged by that.

    The champion's first calls of the stage say it, the same at every look. Of a call only its bucket is
    known, so median and 95th percentile are the upper bounds of theirs, and slow is a call whose whole bucket
    is. None before there are enough, and where the percentile is above every bound.
    """
    baseline: list[Bucket] = []
    since = dt.datetime.min.replace(tzinfo=dt.timezone.utc)
    for each in sorted(champion, key=lambda part: part.ends):
        baseline += each.buckets
        since = each.ends
        if sum(bucket.count for bucket in baseline) >= limits.slow_baseline:
            over = max(_quantile(baseline, 0.95), limits.slow_factor * _quantile(baseline, 0.5))
            return (over if over < float("inf") else None), since
    return None, since


def _quantile(buckets: Sequence[Bucket], share: float) -> float:
    """Returns the upper bound of the bucket that holds a quantile; `buckets` hold a call or more."""
    needed, seen = share * sum(each.count for each in buckets), 0
    for each in sorted(buckets, key=lambda bucket: bucket.high_ms):
        seen += each.count
        if seen >= needed:
            return each.high_ms
    return float("inf")
