"""Whether the code that a job names can be imported: executors, entry points, types, functions."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.orchestration.kubeflow.v2 import compiler_utils

from pipeline.runners.kfp.checks.finding import Fault, Found, component_of, executor_of, tasks
from pipeline.runners.kfp.local.record import title_of

# Parameters of TFX's components that hold the dotted name of a function.
FUNCTION_PARAMETERS = (
    "run_fn",
    "preprocessing_fn",
    "tuner_fn",
    "stats_options_updater_fn",
    "custom_splits_fn",
)


def check(job: Mapping[str, Any]) -> Found:
    """Imports everything once."""
    spec = job.get("pipelineSpec", {})
    faults: list[Fault] = []
    looked_at = 0
    for name, task in tasks(spec):
        for what, dotted, accept in _names(task, spec):
            looked_at += 1
            fault = _resolve(what, dotted, accept)
            faults += [Fault(name, fault)] if fault else []
    return Found("code", looked_at, tuple(faults))


def _names(
    task: Mapping[str, Any], spec: Mapping[str, Any]
) -> Iterator[tuple[str, str, Callable[[Any], bool]]]:
    container = executor_of(task, spec).get("container", {})
    yield from _entry(container)
    arguments = container.get("args", [])
    if "--executor_class_path" in arguments:
        position = arguments.index("--executor_class_path") + 1
        yield "executor class", "".join(arguments[position : position + 1]), _is_executor
    for key in FUNCTION_PARAMETERS:
        source = task.get("inputs", {}).get("parameters", {}).get(key, {})
        dotted = source.get("runtimeValue", {}).get("constant")
        if dotted:
            yield f"function in {key}", str(dotted), callable
    yield from _types(component_of(task, spec))


def _entry(container: Mapping[str, Any]) -> Iterator[tuple[str, str, Callable[[Any], bool]]]:
    command = list(container.get("command", ()))
    if "python" in command:
        position = command.index("python")
        if command[position + 1 : position + 2] == ["-m"]:
            yield "entry point", "".join(command[position + 2 : position + 3]), inspect.ismodule


def _types(component: Mapping[str, Any]) -> Iterator[tuple[str, str, Callable[[Any], bool]]]:
    for side in ("inputDefinitions", "outputDefinitions"):
        for key, definition in component.get(side, {}).get("artifacts", {}).items():
            try:
                title = title_of(definition.get("artifactType", {}))
            except (KeyError, TypeError):
                title = json.dumps(definition.get("artifactType", {}))
            yield (
                f"artifact type of {key!r}",
                compiler_utils.TITLE_TO_CLASS_PATH.get(title, title),
                inspect.isclass,
            )


def _is_executor(found: Any) -> bool:
    return inspect.isclass(found) and issubclass(found, BaseExecutor)


def _resolve(what: str, dotted: str, accept: Callable[[Any], bool]) -> str | None:
    """What is wrong with a dotted name; None when it is right."""
    try:
        found = _import(dotted, is_module=accept is inspect.ismodule)
    except (ImportError, AttributeError, ValueError) as error:
        return f"{what} {dotted!r} cannot be imported: {error}"
    return None if accept(found) else f"{what} {dotted!r} is a {type(found).__name__}, not what is meant"


def _import(dotted: str, *, is_module: bool) -> Any:
    if is_module:
        return importlib.import_module(dotted)
    module, _, name = dotted.rpartition(".")
    return getattr(importlib.import_module(module), name)
