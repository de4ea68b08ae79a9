"""Whether every step has its limits: timeout, machine, retries, and no node that only a service can run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.config import machines, retries
from pipeline.launch.record import from_parameters
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import executor_of, tasks


def check(job: Mapping[str, Any]) -> CheckResult:
    """Looks for timeout and machine of every container, and for resolvers and drivers."""
    spec = job.get("pipelineSpec", {})
    faults: list[Fault] = []
    looked_at = 0
    for name, task in tasks(spec):
        executor = executor_of(task, spec)
        looked_at += 1
        faults += [Fault(name, what) for what in _faults(executor, _machine(job, name))]
        if "container" in executor:
            faults += [Fault(name, what) for what in _retries(name, task.get("retryPolicy"))]
    return CheckResult("limits", looked_at, tuple(faults))


def _machine(job: Mapping[str, Any], step: str) -> Any:
    """Returns the machine of a step by the configuration that is recorded in the job; None if unknown."""
    recorded = from_parameters(job.get("runtimeConfig", {}).get("parameterValues", {}))
    try:
        cloud = json.loads(recorded.get("config", ""))["cloud"]
        own = cloud["steps"].get(step, {}).get("machine")
        return cloud["default_step"]["machine"] if own is None else own
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _retries(step: str, policy: Mapping[str, Any] | None) -> Iterator[str]:
    if step in retries.NOT_RETRIED:
        if policy:
            yield f"is tried again after a failure (retryPolicy): {retries.NOT_RETRIED[step]}"
        return
    if policy is not None:
        for key in ("backoffDuration", "backoffFactor", "backoffMaxDuration"):
            if not policy.get(key):
                yield f"retryPolicy.{key} is missing: it would be tried again at once"


def _faults(executor: Mapping[str, Any], machine: str | None) -> Iterator[str]:
    if "resolver" in executor:
        yield "is a Resolver: it takes any artifact of the project's store"
    container = executor.get("container")
    if container is None:
        return
    if "lifecycle" in container:
        yield "has a driver in a hook, which open-source Kubeflow skips"
    command = container.get("command", [])
    if command[:1] != ["timeout"] or not "".join(command[2:3]).isdecimal():
        yield "has no timeout: it would run until the service ends it, after 7 days"
    if machine is not None and machines.size(machine) is None and "resources" not in container:
        return  # nobody here knows what to limit; loading the configuration warned of it
    resources = container.get("resources", {})
    if not resources.get("cpuLimit") or not resources.get("memoryLimit"):
        yield "has no machine (cpuLimit and memoryLimit)"
