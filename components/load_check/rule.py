"""Is a candidate fast and small enough on a model server, by itself and beside the champion? On plain values.

The latencies are open-loop (arrivals.py), so a percentile is of all requests that were due.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from components.config_section import EVERY_FIELD, Deciding, PositiveInt, Section
from components.gates.verdict import Check

Times = Annotated[float, Field(ge=1, le=1_000)]


class LoadPolicy(Section):
    """How a candidate is driven, and its limits: `infra_gate.load` of the configuration.

    Attributes:
      seconds: how long each model is driven with each size of batch; 0 for not at all.
      rate: requests a second, sent when they are due, whether earlier ones were answered or not.
      batches: rows in a request.
      max_p99_ms: longest 99th percentile of the latency; None for any.
      max_p99_of_champion: the same in times the champion's; None for any.
      p99_floor_ms: a 99th percentile that is never too long beside the champion's.
      max_mb: most resident memory of the server; None for any.
      max_mb_of_champion: the same in times the champion's; None for any.
    """

    decides_result: ClassVar[Deciding] = EVERY_FIELD

    seconds: Annotated[float, Field(ge=0, le=600)]
    rate: Annotated[float, Field(gt=0, le=10_000)]
    batches: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    max_p99_ms: Annotated[float, Field(gt=0)] | None
    max_p99_of_champion: Times | None
    p99_floor_ms: Annotated[float, Field(ge=0)]
    max_mb: PositiveInt | None
    max_mb_of_champion: Times | None


@dataclasses.dataclass(frozen=True)
class Load:
    """What became of requests with so many rows each.

    Attributes:
      batch: rows in a request.
      sent: how many requests.
      latencies_ms: of those that were answered with 200, each from when it was due.
      seconds: from the first one due to the last answer, pauses between rounds left out.
    """

    batch: int
    sent: int
    latencies_ms: tuple[float, ...]
    seconds: float

    def percentile(self, share: float) -> float:
        """Returns the nearest-rank percentile in ms; infinite if nothing was answered."""
        ordered = sorted(self.latencies_ms)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.inf

    def __str__(self) -> str:
        """Returns `50/s, p50 1.2, p95 1.9, p99 3.4 ms`."""
        percentiles = ", ".join(f"p{share:.0%}"[:-1] + f" {self.percentile(share):.3g}" for share in _SHARES)
        return f"{len(self.latencies_ms) / self.seconds:.3g}/s, {percentiles} ms"


_SHARES = (0.5, 0.95, 0.99)


@dataclasses.dataclass(frozen=True)
class Driven:
    """What one model did.

    Attributes:
      loads: one for each size of batch.
      memory_mb: resident, of its server, afterwards.
    """

    loads: tuple[Load, ...]
    memory_mb: float


@dataclasses.dataclass(frozen=True)
class DrivenBoth:
    """What the candidate did, and the champion in the same minute.

    Attributes:
      champion: None where there is none, or where it could not be driven.
      fault: why it could not be driven; empty if it could, or if there is none.
    """

    candidate: Driven
    champion: Driven | None = None
    fault: str = ""


def checks(driven: DrivenBoth, policy: LoadPolicy, on_first_run: str) -> tuple[Check, ...]:
    """Returns a check for each limit; one beside a champion that is not there follows `on_first_run`.

    Args:
      driven: what was measured.
      policy: the limits.
      on_first_run: `allow` or `block` a candidate that has no champion to be held against.
    """
    return (
        *(_answered(load) for load in driven.candidate.loads),
        *_absolute(driven.candidate, policy),
        *_beside(driven, policy, on_first_run),
    )


def notes(driven: DrivenBoth, policy: LoadPolicy) -> tuple[str, ...]:
    """Returns what was measured, a sentence for each size of batch and one for the memory."""
    champion = driven.champion
    sentences = []
    for position, load in enumerate(driven.candidate.loads):
        beside = f", champion {champion.loads[position]}" if champion else ""
        sentences.append(
            f"load of {policy.rate:g} requests/s with batches of {load.batch}: candidate {load}{beside}"
        )
    beside = f", champion's {champion.memory_mb:.0f} MB" if champion else ""
    return (*sentences, f"candidate's server took {driven.candidate.memory_mb:.0f} MB{beside}")


def _answered(load: Load) -> Check:
    answered = len(load.latencies_ms)
    return Check(
        name="requests answered under load",
        subject=f"batches of {load.batch}",
        measured=answered,
        threshold=load.sent,
        passed=0 < load.sent == answered,
        reason=f"{answered} of {load.sent} requests with batches of {load.batch} were answered under load",
    )


def _absolute(driven: Driven, policy: LoadPolicy) -> Iterator[Check]:
    if policy.max_p99_ms is not None:
        for load in driven.loads:
            yield _limit("p99 under load at most", load, load.percentile(0.99), policy.max_p99_ms)
    if policy.max_mb is not None:
        yield _memory("memory under load at most", driven.memory_mb, policy.max_mb)


def _beside(driven: DrivenBoth, policy: LoadPolicy, on_first_run: str) -> Iterator[Check]:
    p99, memory = policy.max_p99_of_champion, policy.max_mb_of_champion
    if p99 is None and memory is None:
        return
    champion = driven.champion
    if champion is None:
        yield _no_champion(driven.fault, on_first_run)
        return
    yield from (_beside_p99(*pair, policy) for pair in _pairs(driven.candidate, champion) if p99 is not None)
    if memory is not None:
        limit = memory * champion.memory_mb
        yield _memory("memory under load beside champion at most", driven.candidate.memory_mb, limit)


def _pairs(candidate: Driven, champion: Driven) -> Iterator[tuple[Load, Load]]:
    return zip(candidate.loads, champion.loads, strict=True)


def _beside_p99(candidate: Load, champion: Load, policy: LoadPolicy) -> Check:
    assert policy.max_p99_of_champion is not None
    limit = max(policy.p99_floor_ms, policy.max_p99_of_champion * champion.percentile(0.99))
    return _limit("p99 under load beside champion at most", candidate, candidate.percentile(0.99), limit)


def _limit(name: str, load: Load, measured: float, limit: float) -> Check:
    return Check(
        name=name,
        subject=f"batches of {load.batch}",
        measured=measured if math.isfinite(measured) else None,
        threshold=limit,
        passed=measured <= limit,
        reason=f"{name} {limit:.3g} ms, and with batches of {load.batch} it is {measured:.3g}",
    )


def _memory(name: str, measured: float, limit: float) -> Check:
    return Check(
        name=name,
        subject="model server",
        measured=measured,
        threshold=limit,
        passed=measured <= limit,
        reason=f"{name} {limit:.0f} MB, and the server took {measured:.0f}",
    )


def _no_champion(fault: str, on_first_run: str) -> Check:
    why = f"it could not be driven: {fault}" if fault else "there is none"
    return Check(
        name="champion under load",
        subject="champion",
        measured=None,
        threshold=None,
        passed=not fault and on_first_run == "allow",
        reason=(
            f"the candidate's load is to be held against the champion's, and {why}; "
            "set infra_gate.load.max_p99_of_champion and max_mb_of_champion to null"
            + ("" if fault else ", or model_gate.on_first_run to allow")
        ),
    )
