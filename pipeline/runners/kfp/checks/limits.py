"""Whether every step has its limits: a timeout, a machine, and no node that only a service can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

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
        faults += [Fault(name, what) for what in _faults(executor)]
    return CheckResult("limits", looked_at, tuple(faults))


def _faults(executor: Mapping[str, Any]) -> Iterator[str]:
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
    resources = container.get("resources", {})
    if not resources.get("cpuLimit") or not resources.get("memoryLimit"):
        yield "has no machine (cpuLimit and memoryLimit)"
