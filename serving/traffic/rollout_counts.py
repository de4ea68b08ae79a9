"""What this server sees of a rollout, counted as requests come."""

from __future__ import annotations

import math
import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from serving.rollout.evidence import (
    CANDIDATE,
    CHAMPION,
    ERRORS,
    EVENTS,
    PAIRS,
    SIDES,
    SLOW,
    Evidence,
    StageEvidence,
    Sums,
    TurnedBack,
)
from serving.rollout.plan import RolloutPlan
from serving.traffic.record import RequestRecord
from serving.traffic.split import key_hash

MOST_KEYS = 20_000  # of one guard in one stage: what says nothing by then would fill the file for nothing


class RolloutCounts:
    """Counts requests of a rollout and the bad events among them; any thread may call any method.

    A key counts once a stage, guard and side. What a slow call is, is measured on the champion's first calls
    of a stage; before that none is slow.

    Attributes:
      turned_back: that a guard fired; None before.
      changes: another number after each count.
    """

    def __init__(self, plan: RolloutPlan, before: Evidence) -> None:
        """Goes on with what is known.

        Args:
          plan: of the rollout.
          before: what this server saw until it ended.
        """
        self._plan = plan
        self._lock = threading.Lock()
        self._stages = {index: _Stage.of(stage) for index, stage in before.stages.items()}
        self.turned_back = before.turned_back
        self.changes = 0

    def turn_back(self, turned_back: TurnedBack) -> None:
        """Notes that this server turned the candidate back."""
        with self._lock:
            self.turned_back = turned_back
            self.changes += 1

    def count(self, stage: int, side: str, record: RequestRecord, bad: str = "") -> bool:
        """Counts a request that one side was asked alone.

        Args:
          stage: index of the stage.
          side: `candidate` or `champion`.
          record: of the request.
          bad: the guard to which it is known to be a bad event; empty if its time is to be judged.

        Returns:
          Whether a bad event of the candidate became known.
        """
        with self._lock:
            known = self._stage(stage)
            known.requests[side] += 1
            self.changes += 1
            return self._events(known, side, record.key, bad, self._is_slow(known, side, bad, record.seconds))

    def count_pair(
        self, stage: int, candidate: RequestRecord, champion: RequestRecord, bad: tuple[str, str]
    ) -> bool:
        """Counts a request that both sides were asked, in a stage in which all are.

        The two calls ran in different threads, so processor time is compared, and not what they waited for.

        Args:
          stage: index of the stage.
          candidate: record of the candidate's answer.
          champion: record of the champion's.
          bad: as for `count`, for both.

        Returns:
          Whether a bad event of the candidate became known.
        """
        with self._lock:
            known = self._stage(stage)
            for side in SIDES:
                known.requests[side] += 1
            self.changes += 1
            slow = self._is_slow(known, CHAMPION, bad[1], champion.cpu_seconds)
            self._events(known, CHAMPION, champion.key, bad[1], slow)
            slow = self._is_slow(known, CANDIDATE, bad[0], candidate.cpu_seconds)
            return self._events(known, CANDIDATE, candidate.key, bad[0], slow)

    def add_pair(self, stage: int, sums: Sums) -> None:
        """Adds the predictions of a request that both sides answered."""
        with self._lock:
            known = self._stage(stage)
            known.requests[PAIRS] += 1
            known.pairs += sums
            self.changes += 1

    def slow_over_ms(self, stage: int) -> float | None:
        """Returns above how many milliseconds a call of a stage is slow; None while that is not known."""
        known = self._stages.get(stage)
        return known.slow_over_ms if known else None

    def evidence(self) -> Evidence:
        """Returns all that is known now."""
        with self._lock:
            stages = {index: stage.frozen() for index, stage in self._stages.items()}
            return Evidence(stages, turned_back=self.turned_back)

    def _stage(self, index: int) -> _Stage:
        if index not in self._stages:
            self._stages[index] = _Stage()
        self._stages[index].known = None
        return self._stages[index]

    def _is_slow(self, known: _Stage, side: str, bad: str, seconds: float) -> bool:
        if bad == ERRORS:
            return False  # how long a call takes that fails, says nothing
        if known.slow_over_ms is not None:
            return 1000 * seconds > known.slow_over_ms
        if side == CHAMPION:
            known.baseline_ms.append(1000 * seconds)
            if len(known.baseline_ms) >= self._plan.limits.slow_baseline:
                known.slow_over_ms = slow_over(known.baseline_ms, self._plan.limits.slow_factor)
                known.baseline_ms.clear()
        return False

    def _events(self, known: _Stage, side: str, key: str, bad: str, slow: bool) -> bool:
        """Adds the bad events of a request, and returns whether one was the candidate's."""
        for guard in filter(None, (bad, SLOW if slow else "")):
            keys = known.bad[guard][side]
            if len(keys) < MOST_KEYS:
                keys.add(key_hash(self._plan.id, key))
        return side == CANDIDATE and bool(bad or slow)


def slow_over(baseline_ms: Sequence[float], factor: float) -> float:
    """Returns above which time a call is slow: a multiple of the median, and not below the 95th percentile.

    Lower percentiles fire on the same model, since one that is called less often is a little slower.
    """
    ordered = sorted(baseline_ms)
    percentile = ordered[min(math.ceil(0.95 * len(ordered)), len(ordered)) - 1]
    return max(percentile, factor * statistics.median(ordered))


@dataclass
class _Stage:
    """The counts of one stage."""

    requests: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*SIDES, PAIRS), 0))
    bad: dict[str, dict[str, set[int]]] = field(
        default_factory=lambda: {guard: {side: set() for side in SIDES} for guard in EVENTS}
    )
    slow_over_ms: float | None = None
    pairs: Sums = field(default_factory=Sums)
    baseline_ms: list[float] = field(default_factory=list)
    known: StageEvidence | None = None  # the same for readers, until the next count

    @classmethod
    def of(cls, stage: StageEvidence) -> _Stage:
        known = cls(slow_over_ms=stage.slow_over_ms, pairs=stage.pairs)
        known.requests.update(stage.requests)
        for guard in EVENTS:
            for side in SIDES:
                known.bad[guard][side] |= stage.keys(guard, side)
        return known

    def frozen(self) -> StageEvidence:
        if self.known is None:
            bad = {
                guard: {side: frozenset(keys) for side, keys in sides.items()}
                for guard, sides in self.bad.items()
            }
            self.known = StageEvidence(dict(self.requests), bad, self.slow_over_ms, self.pairs)
        return self.known
