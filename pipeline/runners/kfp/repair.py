"""The graphs that TFX's Kubeflow v2 compiler compiles wrong: repaired, or refused with their cause.

Each function names the fault and looks for it in the compiled job, so that it does nothing once TFX is
mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.errors import UserError

Job = dict[str, Any]


class MiscompiledError(UserError):
    """TFX compiled the graph into something that cannot run as meant. Exit code 1."""


def repair(job: Job) -> Job:
    """Repairs what can be repaired, in place, and refuses the rest.

    Raises:
      MiscompiledError: a node that only TFX's own services can run, or a parameter that has no value.
    """
    spec = job["pipelineSpec"]
    for name, task in _tasks(spec):
        _mend_producers(name, task, spec)
    for label, executor in spec["deploymentSpec"].get("executors", {}).items():
        _refuse_resolver(label, executor)
        _refuse_driver(label, executor)
    _refuse_valueless(job)
    return job


def _mend_producers(name: str, task: dict[str, Any], spec: dict[str, Any]) -> None:
    """tfx 1.16 names the producer of a value passed as a parameter `<id>_task`; tasks are `<id>`."""
    known = {other for other, _ in _tasks(spec)}
    for parameter, source in task.get("inputs", {}).get("parameters", {}).items():
        producer = source.get("taskOutputParameter", {}).get("producerTask")
        if producer is None or producer in known:
            continue
        meant = producer.removesuffix("_task")
        if meant not in known:
            raise MiscompiledError(f"{name}.{parameter} takes its value from {producer!r}, which is no task")
        source["taskOutputParameter"]["producerTask"] = meant


def _refuse_resolver(label: str, executor: dict[str, Any]) -> None:
    """A Resolver's query has no pipeline in it, so any blessed model of the project matches."""
    if "resolver" in executor:
        raise MiscompiledError(
            f"{label}: a Resolver takes any artifact of the project's store; Kubeflow has none; "
            "resolve it at launch (pipeline/launch/launch.py)"
        )


def _refuse_driver(label: str, executor: dict[str, Any]) -> None:
    """FileBasedExampleGen compiles to a driver in a hook, and loses the machine that the step was given."""
    if "lifecycle" in executor.get("container", {}):
        raise MiscompiledError(
            f"{label}: an ExampleGen with a driver loses its machine, and Kubeflow skips the driver; "
            "use components.example_gen"
        )


def _refuse_valueless(job: Job) -> None:
    """TFX drops the default of a RuntimeParameter; without a value the job fails when it starts."""
    declared = job["pipelineSpec"]["root"].get("inputDefinitions", {}).get("parameters", {})
    given = job.get("runtimeConfig", {}).get("parameterValues", {})
    for name, definition in declared.items():
        if name not in given and "defaultValue" not in definition:
            raise MiscompiledError(
                f"the run parameter {name!r} has no value: TFX drops defaults; pass its value"
            )


def _tasks(spec: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tasks of the root and of every component that is a graph itself."""
    yield from spec["root"].get("dag", {}).get("tasks", {}).items()
    for component in spec.get("components", {}).values():
        yield from component.get("dag", {}).get("tasks", {}).items()
