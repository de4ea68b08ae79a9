"""The file of runs: the machine, and each run as soon as it has ended, so that a crash loses one at most."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

import psutil

from benchmarks.contenders import Outcome
from benchmarks.observation import MIB, Cost
from benchmarks.ratios import Run

PACKAGES = ("tfx", "tensorflow", "keras", "apache-beam", "pandas", "numpy")


def machine() -> dict[str, Any]:
    """Returns what the figures depend on: the processor, its cores, memory, versions."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": psutil.virtual_memory().total // MIB,
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def save(path: Path, runs: list[Run]) -> None:
    """Writes machine and runs; the file is whole at any moment."""
    content = {"machine": machine(), "runs": [dataclasses.asdict(run) for run in runs]}
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(path)


def load(path: Path) -> tuple[dict[str, Any], list[Run]]:
    """Returns the machine and the runs of a file."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["machine"], [_run(values) for values in content["runs"]]


def to_resume(path: Path) -> list[Run]:
    """Returns the runs of a file that was begun on this machine; none if there is no file.

    Raises:
      SystemExit: the file is of another machine, or of other versions.
    """
    if not path.is_file():
        return []
    measured_on, runs = load(path)
    if measured_on != machine():
        sys.exit(f"{path} was measured on {measured_on}, but this is {machine()}; leave out --resume.")
    return runs


def _run(values: dict[str, Any]) -> Run:
    stages = {stage: Cost(**cost) for stage, cost in values.pop("stages").items()}
    whole, outcome = Cost(**values.pop("whole")), Outcome(**values.pop("outcome"))
    return Run(**values, stages=stages, whole=whole, outcome=outcome)
