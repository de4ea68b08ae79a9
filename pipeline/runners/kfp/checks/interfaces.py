"""Whether a step is compiled with the interface that its executor was written for.

An output that nothing reads can be lost without a reference breaking; the step would fail after hours of
work. Each executor class is looked up in the module of its component, or in that of the class it extends.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from tfx.dsl.components.base.base_component import BaseComponent

from pipeline.runners.kfp.arguments import EXECUTOR_CLASS, value_of
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import component_of, container_of, tasks


def check(job: Mapping[str, Any]) -> CheckResult:
    """Compares every step's component with the specification of the TFX component it comes from."""
    spec = job.get("pipelineSpec", {})
    faults: list[Fault] = []
    looked_at = 0
    for name, task in tasks(spec):
        executor = value_of(container_of(task, spec), EXECUTOR_CLASS)
        if executor is not None:
            looked_at += 1
            faults += [Fault(name, what) for what in _compare(component_of(task, spec), executor)]
    return CheckResult("interfaces", looked_at, tuple(faults))


def _compare(component: Mapping[str, Any], dotted: str) -> Iterator[str]:
    written_for = _specification(dotted)
    if written_for is None:
        return  # code.py reports what cannot be imported
    inputs, outputs = component.get("inputDefinitions", {}), component.get("outputDefinitions", {})
    pairs = (
        ("input", inputs.get("artifacts", {}), written_for.INPUTS),
        ("output", outputs.get("artifacts", {}), written_for.OUTPUTS),
        ("parameter", inputs.get("parameters", {}), written_for.PARAMETERS),
    )
    for kind, compiled, known in pairs:
        for key in compiled.keys() - known.keys():
            if not key.startswith("_"):  # inputs of a condition, which the executor does not read
                yield f"{kind} {key!r} is not one of {dotted}"
        for key, definition in known.items():
            if key not in compiled and not definition.optional:
                yield f"{kind} {key!r} of {dotted} is not there"


@functools.cache
def _specification(dotted: str) -> Any:
    module, _, name = dotted.rpartition(".")
    try:
        executor = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        return None
    for each in inspect.getmro(executor) if inspect.isclass(executor) else ():
        for component in _components(each.__module__):
            if getattr(component.EXECUTOR_SPEC, "executor_class", None) is each:
                return component.SPEC_CLASS
    return None


def _components(module: str) -> list[type[BaseComponent]]:
    """Returns the component classes in a module and in `component.py` beside it."""
    beside = f"{module.rpartition('.')[0]}.component"
    classes: list[type[BaseComponent]] = []
    for name in (module, beside):
        try:
            classes += [kind for _, kind in inspect.getmembers(importlib.import_module(name), _is_component)]
        except ImportError:
            continue
    return classes


def _is_component(member: Any) -> bool:
    # In Python 3.10 an alias such as Mapping[str, bytes] passes for a class.
    is_class = inspect.isclass(member) and typing.get_origin(member) is None
    return is_class and issubclass(member, BaseComponent) and member is not BaseComponent
