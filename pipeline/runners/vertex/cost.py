"""What a run may cost: hours of earlier runs, or of its timeouts, times the prices that are configured."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterator, Mapping, Sequence

from pipeline.config.cloud import CloudConfig
from pipeline.lineage.runs import Run
from pipeline.stages import STAGES, TRAINER

EARLIER_RUNS = 5
BEAM_STEPS = tuple(stage.name for stage in STAGES if stage.uses_beam)


@dataclasses.dataclass(frozen=True)
class Item:
    """Machines of one kind that one step uses.

    Attributes:
      step: its name.
      machine: its type.
      accelerator: its type; None without.
      accelerators: on each machine.
      machines: how many.
      hours: of one machine.
      measured: whether the hours are those of earlier runs; otherwise they are the timeout.
      amount: in the prices' currency; None when a price is missing.
      unpriced: machine or accelerator types without a price.
    """

    step: str
    machine: str
    accelerator: str | None
    accelerators: int
    machines: int
    hours: float
    measured: bool
    amount: float | None
    unpriced: tuple[str, ...]

    @property
    def machine_hours(self) -> float:
        """Hours of all its machines together."""
        return self.hours * self.machines


def estimate(cloud: CloudConfig, steps: Sequence[str], runs: Sequence[Run]) -> list[Item]:
    """Returns machine-hours and amount of every step.

    Args:
      cloud: machines, timeouts and prices.
      steps: those that run in a container.
      runs: earlier ones, oldest first.
    """
    items = []
    for step in steps:
        placed = cloud.step(step)
        taken = _taken(step, runs)
        hours = placed.timeout_minutes / 60 if taken is None else taken
        measured = taken is not None
        items.append(_item(cloud, step, placed.machine, None, 0, 1, hours, measured))
        if step == TRAINER.name and cloud.trainer:
            on = cloud.trainer
            items.append(_item(cloud, step, on.machine, on.accelerator, on.accelerators, 1, hours, measured))
        if step in BEAM_STEPS and cloud.beam.runner == "dataflow":
            workers = cloud.beam.max_workers
            items.append(_item(cloud, step, cloud.beam.machine, None, 0, workers, hours, measured))
    return items


def refusal(items: Sequence[Item], cloud: CloudConfig) -> str | None:
    """Returns why the run must not start without a confirmation; None when it may."""
    if cloud.cost_limit is None or cloud.prices is None:
        return None
    unpriced = sorted({kind for item in items for kind in item.unpriced})
    if unpriced:
        return (
            f"cloud.cost_limit is {cloud.cost_limit:g} {cloud.prices.currency} and cloud.prices.per_hour has "
            f"no price for {', '.join(unpriced)}; add it, or confirm with --yes"
        )
    total = round(sum(item.amount or 0 for item in items), 2)
    if total > cloud.cost_limit:
        return (
            f"the run may cost {total:.2f} {cloud.prices.currency}, more than cloud.cost_limit "
            f"({cloud.cost_limit:g}); raise the limit, or confirm with --yes"
        )
    return None


def as_lines(items: Sequence[Item], cloud: CloudConfig) -> Iterator[str]:
    """Yields a line for every kind of machine of a step, and the sum."""
    currency = cloud.prices.currency if cloud.prices else ""
    for item in items:
        with_gpus = f" + {item.accelerators} {item.accelerator}" if item.accelerator else ""
        machines = f"{item.machines} x {item.machine}{with_gpus}"
        basis = "earlier runs" if item.measured else "its timeout"
        amount = "no price" if item.amount is None else f"{item.amount:.2f} {currency}"
        yield f"  {item.step:<18}{machines:<44}{item.machine_hours:>7.2f} h  {basis:<13}{amount:>14}"
    hours = sum(item.machine_hours for item in items)
    known = [item.amount for item in items if item.amount is not None]
    missing = "" if len(known) == len(items) else f" and {len(items) - len(known)} without a price"
    amount = f"at most {sum(known):.2f} {currency}{missing}" if cloud.prices else "no prices"
    yield f"  {'total':<62}{hours:>7.2f} h  {amount}"
    if cloud.prices:
        yield f"  prices as of {cloud.prices.as_of}, by the configuration"
    endpoint = cloud.endpoint
    yield f"  besides: endpoint {endpoint.name!r} keeps {endpoint.min_replicas} x {endpoint.machine} running"


def _taken(step: str, runs: Sequence[Run]) -> float | None:
    """Returns the median hours of the step in the newest finished runs; None when there are none."""
    seconds = [
        stage.seconds
        for run in runs
        for stage in run.stages
        if stage.name == step and stage.state == "complete"
    ]
    return statistics.median(seconds[-EARLIER_RUNS:]) / 3600 if seconds else None


def _item(
    cloud: CloudConfig,
    step: str,
    machine: str,
    accelerator: str | None,
    accelerators: int,
    machines: int,
    hours: float,
    measured: bool,
) -> Item:
    prices: Mapping[str, float] = cloud.prices.per_hour if cloud.prices else {}
    parts = {machine: 1, **({accelerator: accelerators} if accelerator else {})}
    unpriced = tuple(kind for kind in parts if kind not in prices)
    hourly = sum(prices[kind] * count for kind, count in parts.items() if kind in prices)
    amount = None if unpriced else hourly * hours * machines
    return Item(step, machine, accelerator, accelerators, machines, hours, measured, amount, unpriced)
