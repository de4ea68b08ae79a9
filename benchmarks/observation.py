"""Measuring a command from outside: wall, CPU and memory of its whole process tree, by stage.

The tree is sampled while the command runs. Afterwards, when it is known at what times each stage began and
ended, the samples are shared out. Nothing is asked of the command.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import psutil

SAMPLE_EVERY_S = 0.05
MIB = 2**20


@dataclasses.dataclass(frozen=True)
class Sample:
    """The tree at one moment: seconds since 1970, CPU seconds used so far, resident bytes in all."""

    at: float
    cpu_s: float
    resident: int


@dataclasses.dataclass(frozen=True)
class Observation:
    """What a command took.

    Attributes:
      samples: at least the beginning and the end, in the order of time.
      largest_process_mib: the most that one process of the tree held; pages shared by processes count once.
      others_cpu_s: CPU seconds that the machine's other processes (the sampling, too) took meanwhile.
    """

    samples: tuple[Sample, ...]
    exit_code: int
    largest_process_mib: float
    others_cpu_s: float

    @property
    def begin(self) -> float:
        """Seconds since 1970."""
        return self.samples[0].at

    @property
    def end(self) -> float:
        """Seconds since 1970."""
        return self.samples[-1].at


@dataclasses.dataclass(frozen=True)
class Span:
    """A stage and when it ran, in seconds since 1970."""

    stage: str
    begin: float
    end: float


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a stage took: seconds, CPU seconds, and the most memory of all processes together."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def observe(command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path) -> Observation:
    """Runs a command to its end, its output going to `log`, and samples its process tree."""
    with log.open("wb") as output:
        samples, busy_before = [Sample(time.time(), 0.0, 0)], _busy_s()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, env=dict(environment), cwd=folder
        )
        try:
            ended = _sample_until_end(process.pid, samples)
        except BaseException:
            process.kill()
            raise
    _, status, usage = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    used = usage.ru_utime + usage.ru_stime
    samples.append(Sample(time.time(), used, 0))
    others = max(_busy_s() - busy_before - used, 0.0)
    return Observation(tuple(samples), process.returncode, usage.ru_maxrss / 1024, others)


def _busy_s() -> float:
    """Returns the CPU seconds that this machine has worked, or was kept from working by its host."""
    times = psutil.cpu_times()
    return times.user + times.nice + times.system + times.irq + times.softirq + times.steal


def _sample_until_end(pid: int, samples: list[Sample]) -> tuple[int, int, object]:
    """Adds samples until the process has ended; returns what wait4 says, which counts children that ended."""
    root = psutil.Process(pid)
    while not (ended := os.wait4(pid, os.WNOHANG))[0]:
        samples.append(_sample(root, samples[-1].cpu_s))
        time.sleep(SAMPLE_EVERY_S)
    return ended


def _sample(root: psutil.Process, cpu_before: float) -> Sample:
    cpu_s, resident = 0.0, 0
    try:
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        processes = []
    for process in processes:
        try:
            with process.oneshot():
                cpu_s += sum(process.cpu_times()[:4])  # its own, and that of its children that have ended
                resident += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return Sample(time.time(), max(cpu_s, cpu_before), resident)  # a child may end between two look-ups


def attribute(samples: Sequence[Sample], spans: Sequence[Span]) -> dict[str, Cost]:
    """Returns the cost of each stage: CPU read between samples in proportion, memory at the samples inside.

    A stage that is named twice has the sum of both, and the higher peak. A stage shorter than the time
    between two samples has the higher of the two samples around it.
    """
    at = np.array([sample.at for sample in samples])
    cpu = np.array([sample.cpu_s for sample in samples])
    resident = np.array([sample.resident for sample in samples])
    costs: dict[str, Cost] = {}
    for span in spans:
        first = max(int(np.searchsorted(at, span.begin, side="right")) - 1, 0)
        last = min(int(np.searchsorted(at, span.end, side="left")), len(at) - 1)
        inside = resident[(at >= span.begin) & (at <= span.end)]
        peak = inside.max() if len(inside) else resident[first : last + 1].max()
        used = float(np.diff(np.interp([span.begin, span.end], at, cpu))[0])
        before = costs.get(span.stage, Cost(0.0, 0.0, 0.0))
        costs[span.stage] = Cost(
            before.wall_s + span.end - span.begin, before.cpu_s + used, max(before.peak_mib, peak / MIB)
        )
    return costs


def fill_gaps(spans: Sequence[Span], begin: float, end: float, rest: str) -> list[Span]:
    """Returns the spans with the time before, between and after them as spans of the stage `rest`.

    Raises:
      ValueError: two spans overlap, so that their samples cannot be told apart.
    """
    filled, now = [], begin
    for span in sorted(spans, key=lambda span: span.begin):
        if span.begin < now - SAMPLE_EVERY_S:
            raise ValueError(f"{span} begins before {now}, when the stage before it ended.")
        if span.begin > now:
            filled.append(Span(rest, now, span.begin))
        filled.append(Span(span.stage, max(now, span.begin), span.end))
        now = max(now, span.end)
    return [*filled, Span(rest, now, end)] if end > now else filled
