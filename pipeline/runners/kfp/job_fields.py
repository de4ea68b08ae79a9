"""Completes a compiled job with what TFX's compiler cannot write: timeouts, caching by step, the launch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pipeline.launch.record import as_parameters
from pipeline.runners.kfp.spec import Job, container_of, executor_of, tasks

KILL_AFTER_S = 30


def set_timeouts(job: Job, timeout_s: Callable[[str], int]) -> None:
    """Puts a time limit before the command of every container.

    Args:
      job: changed in place.
      timeout_s: a task's name to the seconds that it may take.
    """
    spec = job["pipelineSpec"]
    for name, task in tasks(spec):
        if container := container_of(task, spec):
            container["command"] = [*timeout_command(timeout_s(name)), *container["command"]]


def timeout_command(seconds: int) -> list[str]:
    """Returns what stands before a step's command: the pipeline spec has no timeout, coreutils has."""
    return ["timeout", f"--kill-after={KILL_AFTER_S}", str(seconds)]


def set_caching(job: Job, is_cached: Callable[[str], bool]) -> None:
    """Says of every task whether an equal earlier execution may stand in for it.

    Args:
      job: changed in place.
      is_cached: a task's name to whether it may come from the cache.
    """
    spec = job["pipelineSpec"]
    for name, task in tasks(spec):
        if executor_of(task, spec):
            task["cachingOptions"] = {"enableCache": True} if is_cached(name) else {}


def record_launch(job: Job, record: Mapping[str, str]) -> None:
    """Adds the launch's record as run parameters that no step reads: `runs` and `lineage` do.

    Args:
      job: changed in place.
      record: what `Launch.record` returns, and which runner the job is for.
    """
    declared = job["pipelineSpec"]["root"].setdefault("inputDefinitions", {}).setdefault("parameters", {})
    values = job["runtimeConfig"].setdefault("parameterValues", {})
    for name, text in as_parameters(record).items():
        declared[name] = {"parameterType": "STRING"}
        values[name] = text
