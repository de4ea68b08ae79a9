"""Whether every parameter has a value of its type, and every container the arguments of its interface."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.runners.kfp.arguments import INPUTS_SPEC, TFX_ARGUMENTS, value_of
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import component_of, container_of, graphs

_TYPES: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
    "BOOLEAN": (bool,),
    "LIST": (list,),
    "STRUCT": (dict,),
    "TASK_FINAL_STATUS": (),
}


def check(job: Mapping[str, Any]) -> CheckResult:
    """Compares the declared parameters of tasks and of the run with their sources and values."""
    spec = job.get("pipelineSpec", {})
    faults: list[Fault] = []
    looked_at = 0
    for _, members, inputs in graphs(spec):
        of_graph = inputs.get("parameters", {})
        for name, task in members.items():
            declared = component_of(task, spec).get("inputDefinitions", {}).get("parameters", {})
            looked_at += len(declared)
            faults += [*_of_task(name, task, declared, of_graph), *_of_entry_point(name, task, spec)]
    run, values = _run(job)
    return CheckResult("parameters", looked_at + len(run), (*faults, *_of_run(run, values)))


def _of_task(
    name: str, task: Mapping[str, Any], declared: Mapping[str, Any], of_graph: Mapping[str, Any]
) -> Iterator[Fault]:
    sources = task.get("inputs", {}).get("parameters", {})
    for key, definition in declared.items():
        optional = definition.get("isOptional") or "defaultValue" in definition
        if key not in sources:
            if not optional:
                yield Fault(name, f"parameter {key!r} has no value")
            continue
        yield from _of_source(f"parameter {key!r}", name, sources[key], definition, of_graph)


def _of_source(
    what: str,
    name: str,
    source: Mapping[str, Any],
    definition: Mapping[str, Any],
    of_graph: Mapping[str, Any],
) -> Iterator[Fault]:
    if "runtimeValue" in source:
        constant = source["runtimeValue"].get("constant")
        yield from _of_type(what, name, constant, definition)
    elif "componentInputParameter" in source:
        outer = source["componentInputParameter"]
        if outer not in of_graph:
            yield Fault(name, f"{what} is the run parameter {outer!r}, which is not declared")
        elif of_graph[outer].get("parameterType") != definition.get("parameterType"):
            yield Fault(name, f"{what} and the run parameter {outer!r} have different types")
    elif not {"taskOutputParameter", "taskFinalStatus"} & source.keys():
        yield Fault(name, f"{what} has no value")


def _of_type(what: str, name: str, value: Any, definition: Mapping[str, Any]) -> Iterator[Fault]:
    kind = definition.get("parameterType")
    if kind not in _TYPES:
        yield Fault(name, f"{what} has the type {kind!r}, which there is not")
        return
    right = isinstance(value, _TYPES[kind]) and (kind == "BOOLEAN" or not isinstance(value, bool))
    if value is None:
        yield Fault(name, f"{what} has no value")
    elif not right or (kind == "NUMBER_INTEGER" and float(value) != int(value)):
        yield Fault(name, f"{what} is {value!r}, which is no {kind}")


def _run(job: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    declared = job.get("pipelineSpec", {}).get("root", {}).get("inputDefinitions", {}).get("parameters", {})
    return declared, job.get("runtimeConfig", {}).get("parameterValues", {})


def _of_run(declared: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Fault]:
    for key, definition in declared.items():
        if key in values:
            yield from _of_type(f"run parameter {key!r}", "job", values[key], definition)
        elif "defaultValue" not in definition:
            yield Fault("job", f"run parameter {key!r} has no value")
    for key in values.keys() - declared.keys():
        yield Fault("job", f"a value is given for the run parameter {key!r}, which is not declared")


def _of_entry_point(name: str, task: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Fault]:
    """Yields what TFX's entry point lacks: it reads types from an argument that repeats the interface."""
    container = container_of(task, spec)
    arguments = container.get("args", [])
    if not {*TFX_ARGUMENTS, "{{$}}"} & set(arguments):
        return
    for each in (*TFX_ARGUMENTS, "{{$}}"):
        if each not in arguments:
            yield Fault(name, f"its arguments lack {each}, without which TFX's entry point does not start")
    if container.get("command", [])[3:5] != ["python", "-m"]:
        yield Fault(name, "its command is not `timeout … python -m MODULE`")
    written = value_of(container, INPUTS_SPEC)
    if written is None:
        return
    try:
        inputs_spec = json.loads(written)
    except (ValueError, RecursionError):
        return  # messages.py reports it
    if inputs_spec != component_of(task, spec).get("inputDefinitions", {}):
        yield Fault(name, "its inputs spec argument differs from its component's inputDefinitions")
