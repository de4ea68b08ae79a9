"""Completes a compiled job with what TFX's compiler cannot write: timeouts, retries, caching, the launch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from pipeline.launch.record import as_parameters
from pipeline.runners.kfp.spec import Job, container_of, executor_of, tasks

KILL_AFTER_S = 30


@dataclasses.dataclass(frozen=True)
class Backoff:
    """The waits before a step is tried again: the first, by what each grows, and the longest."""

    first_s: int
    factor: float
    longest_s: int


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


def set_retries(job: Job, retries_of: Callable[[str], int], backoff: Backoff) -> None:
    """Says of every task with a container how often it is tried again when it failed.

    Args:
      job: changed in place.
      retries_of: a task's name to how often; 0 for never, which leaves the task as it is.
      backoff: the waits between.
    """
    spec = job["pipelineSpec"]
    for name, task in tasks(spec):
        if container_of(task, spec) and (count := retries_of(name)):
            task["retryPolicy"] = {
                "maxRetryCount": count,
                "backoffDuration": f"{backoff.first_s}s",
                "backoffFactor": backoff.factor,
                "backoffMaxDuration": f"{backoff.longest_s}s",
            }


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
