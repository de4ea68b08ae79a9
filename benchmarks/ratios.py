"""What the runs show: medians, ratios of medians, and whether each target is met."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Sequence
from typing import Literal

from benchmarks.contenders import Outcome
from benchmarks.observation import Cost

YEAR, TEN_YEARS = "1", "10"


@dataclasses.dataclass(frozen=True)
class Run:
    """One measured run.

    Attributes:
      repeat: from 1. Runs of one repeat followed each other and make a pair.
      whole: the sum of `stages`, by the names of contenders.STAGES, without contenders.NOT_COUNTED.
      largest_process_mib, others_cpu_s: see observation.Observation.
      pushed: whether a model arrived in the models folder.
    """

    scale: str
    contender: str
    repeat: int
    whole: Cost
    stages: dict[str, Cost]
    largest_process_mib: float
    others_cpu_s: float
    outcome: Outcome
    pushed: bool
    commit: str


@dataclasses.dataclass(frozen=True)
class Spread:
    """The median of some values, with the lowest and the highest."""

    median: float
    lowest: float
    highest: float


@dataclasses.dataclass(frozen=True)
class Line:
    """One target and what was measured; None while runs for it are missing.

    Attributes:
      value: the ratio of the medians, or the median itself.
      pairs: the ratios of the runs of each repeat.
    """

    name: str
    target: str
    value: float | None
    pairs: Spread | None
    met: bool | None


def spread(values: Sequence[float]) -> Spread:
    """Returns median, lowest and highest of at least one value."""
    return Spread(statistics.median(values), min(values), max(values))


def of(runs: Sequence[Run], scale: str, contender: str) -> list[Run]:
    """Returns the runs of a contender at a scale, by repeat."""
    chosen = (run for run in runs if (run.scale, run.contender) == (scale, contender))
    return sorted(chosen, key=lambda run: run.repeat)


def lines(runs: Sequence[Run]) -> list[Line]:
    """Returns every target with what the runs show about it."""
    stock, ours, plain = (of(runs, YEAR, name) for name in ("stock", "ours", "plain"))
    ten = of(runs, TEN_YEARS, "ours")
    return [
        _ratio("year: stock / ours, wall", stock, ours, _wall, "at least", 5.0),
        _ratio("year: ours / plain, wall", ours, plain, _wall, "at most", 2.5),
        *(
            _ratio(f"year: stock / ours, {stage}", stock, ours, _wall_of(stage), "at least", limit)
            for stage, limit in (
                ("ingestion", 15.0),
                ("statistics", 3.0),
                ("transform", 2.0),
                ("evaluation", 15.0),
            )
        ),
        _auc_gap(stock, ours),
        _ratio("ours: 10 years / year, wall", ten, of(runs, YEAR, "ours"), _wall, "at most", 11.0),
        _value("ours: 10 years, peak memory, MiB", [run.whole.peak_mib for run in ten], 4096.0),
    ]


def _wall(run: Run) -> float:
    return run.whole.wall_s


def _wall_of(stage: str) -> Callable[[Run], float]:
    return lambda run: run.stages[stage].wall_s


def _ratio(
    name: str,
    above: Sequence[Run],
    below: Sequence[Run],
    cost: Callable[[Run], float],
    bound: Literal["at least", "at most"],
    limit: float,
) -> Line:
    target = f"{bound} {limit:g}"
    if not above or not below:
        return Line(name, target, None, None, None)
    value = statistics.median(map(cost, above)) / statistics.median(map(cost, below))
    by_repeat = {run.repeat: run for run in below}
    pairs = [cost(run) / cost(by_repeat[run.repeat]) for run in above if run.repeat in by_repeat]
    met = value >= limit if bound == "at least" else value <= limit
    return Line(name, target, value, spread(pairs) if pairs else None, met)


def _auc_gap(stock: Sequence[Run], ours: Sequence[Run]) -> Line:
    """Returns the line of the AUCs, compared run by run: both are seeded, so runs hardly differ."""
    name, limit = "year: AUC, ours - stock", 0.002
    if not stock or not ours:
        return Line(name, f"within {limit}", None, None, None)
    gap = statistics.median(run.outcome.auc for run in ours) - statistics.median(
        run.outcome.auc for run in stock
    )
    return Line(name, f"within {limit}", gap, None, abs(gap) <= limit)


def _value(name: str, values: Sequence[float], limit: float) -> Line:
    if not values:
        return Line(name, f"under {limit:g}", None, None, None)
    measured = spread(values)
    return Line(name, f"under {limit:g}", measured.median, measured, measured.median < limit)
