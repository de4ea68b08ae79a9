"""Repairs what TFX's Kubeflow v2 compiler compiles wrong, or refuses it with its cause.

Each function names the fault and looks for it in the compiled job, so that it does nothing once TFX has
repaired its compiler.
"""

from __future__ import annotations

from typing import Any

from pipeline.errors import UserError
from pipeline.runners.kfp.spec import Job, tasks


class MiscompiledError(UserError):
    """TFX compiled the graph into something that cannot run as meant. Exit code 1."""


def repair(job: Job) -> Job:
    """Repairs what can be repaired, in place, and refuses the rest.

    Raises:
      MiscompiledError: a node that only TFX's own services can run, or a parameter that has no value.
    """
    spec = job["pipelineSpec"]
    for name, task in tasks(spec):
        _repair_producers(name, task, spec)
    for label, executor in spec["deploymentSpec"].get("executors", {}).items():
        _refuse_resolver(label, executor)
        _refuse_driver(label, executor)
    _refuse_valueless(job)
    return job


def _repair_producers(name: str, task: dict[str, Any], spec: dict[str, Any]) -> None:
    """Names the producer of a value passed as a parameter: tfx 1.16 writes `<id>_task`; tasks are `<id>`."""
    known = {other for other, _ in tasks(spec)}
    for parameter, source in task.get("inputs", {}).get("parameters", {}).items():
        producer = source.get("taskOutputParameter", {}).get("producerTask")
        if producer is None or producer in known:
            continue
        meant = producer.removesuffix("_task")
        if meant not in known:
            raise MiscompiledError(f"{name}.{parameter} takes its value from {producer!r}, which is no task")
        source["taskOutputParameter"]["producerTask"] = meant


def _refuse_resolver(label: str, executor: dict[str, Any]) -> None:
    """Raises for a Resolver: its query names no pipeline, so any blessed model of the project matches."""
    if "resolver" in executor:
        raise MiscompiledError(
            f"{label}: a Resolver takes any artifact of the project's store; Kubeflow has none; "
            "resolve it at launch (pipeline/launch/launch.py)"
        )


def _refuse_driver(label: str, executor: dict[str, Any]) -> None:
    """Raises for a FileBasedExampleGen: it compiles to a driver in a hook, and loses the step's machine."""
    if "lifecycle" in executor.get("container", {}):
        raise MiscompiledError(
            f"{label}: an ExampleGen with a driver loses its machine, and Kubeflow skips the driver; "
            "use components.example_gen"
        )


def _refuse_valueless(job: Job) -> None:
    """Raises for a RuntimeParameter without a value: TFX drops its default, and the job fails at start."""
    declared = job["pipelineSpec"]["root"].get("inputDefinitions", {}).get("parameters", {})
    values = job.get("runtimeConfig", {}).get("parameterValues", {})
    for name, definition in declared.items():
        if name not in values and "defaultValue" not in definition:
            raise MiscompiledError(
                f"the run parameter {name!r} has no value: TFX drops defaults; pass its value"
            )
