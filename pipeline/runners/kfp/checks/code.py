"""Whether the code that a job names can be imported: executors, entry points, types, functions."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.orchestration.kubeflow.v2 import compiler_utils

from pipeline.runners.kfp.arguments import EXECUTOR_CLASS, value_of
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import component_of, container_of, tasks, type_title

# Parameters of TFX's components that hold the dotted name of a function.
FUNCTION_PARAMETERS = (
    "run_fn",
    "preprocessing_fn",
    "tuner_fn",
    "stats_options_updater_fn",
    "custom_splits_fn",
)


def check(job: Mapping[str, Any]) -> CheckResult:
    """Imports everything that the job names, once."""
    spec = job.get("pipelineSpec", {})
    faults: list[Fault] = []
    looked_at = 0
    for name, task in tasks(spec):
        for what, dotted, accept in _names(task, spec):
            looked_at += 1
            fault = _resolve(what, dotted, accept)
            faults += [Fault(name, fault)] if fault else []
    return CheckResult("code", looked_at, tuple(faults))


def _names(
    task: Mapping[str, Any], spec: Mapping[str, Any]
) -> Iterator[tuple[str, str, Callable[[Any], bool]]]:
    """Yields what a name is for, the name, and what accepts the imported thing."""
    container = container_of(task, spec)
    yield from _entry_point(container)
    executor = value_of(container, EXECUTOR_CLASS)
    if executor is not None:
        yield "executor class", executor, _is_executor
    for key in FUNCTION_PARAMETERS:
        source = task.get("inputs", {}).get("parameters", {}).get(key, {})
        dotted = source.get("runtimeValue", {}).get("constant")
        if dotted:
            yield f"function in {key}", str(dotted), callable
    yield from _types(component_of(task, spec))


def _entry_point(container: Mapping[str, Any]) -> Iterator[tuple[str, str, Callable[[Any], bool]]]:
    command = list(container.get("command", ()))
    if "python" in command:
        position = command.index("python")
        if command[position + 1 : position + 2] == ["-m"]:
            yield "entry point", "".join(command[position + 2 : position + 3]), inspect.ismodule


def _types(component: Mapping[str, Any]) -> Iterator[tuple[str, str, Callable[[Any], bool]]]:
    for side in ("inputDefinitions", "outputDefinitions"):
        for key, definition in component.get(side, {}).get("artifacts", {}).items():
            try:
                title = type_title(definition.get("artifactType", {}))
            except (KeyError, TypeError):
                title = json.dumps(definition.get("artifactType", {}))
            yield (
                f"artifact type of {key!r}",
                compiler_utils.TITLE_TO_CLASS_PATH.get(title, title),
                inspect.isclass,
            )


def _is_executor(imported: Any) -> bool:
    return inspect.isclass(imported) and issubclass(imported, BaseExecutor)


def _resolve(what: str, dotted: str, accept: Callable[[Any], bool]) -> str | None:
    """Returns what is wrong with a dotted name; None when it is right."""
    try:
        imported = _import(dotted, is_module=accept is inspect.ismodule)
    except (ImportError, AttributeError, ValueError) as error:
        return f"{what} {dotted!r} cannot be imported: {error}"
    if accept(imported):
        return None
    return f"{what} {dotted!r} is a {type(imported).__name__}, not what is meant"


def _import(dotted: str, *, is_module: bool) -> Any:
    if is_module:
        return importlib.import_module(dotted)
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)
