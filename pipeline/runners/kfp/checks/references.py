"""Whether everything that a job refers to by name is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.runners.kfp import conditions
from pipeline.runners.kfp.checks.result import CheckResult, Fault
from pipeline.runners.kfp.spec import component_of, executor_of, graphs, producers

KINDS = ("container", "importer", "resolver", "customJob")


def check(job: Mapping[str, Any]) -> CheckResult:
    """Looks up components, executors, producers, output keys, dependencies and conditions by their names."""
    spec = job.get("pipelineSpec", {})
    faults: list[Fault] = []
    looked_at = 0
    for _, members, _ in graphs(spec):
        for name, task in members.items():
            looked_at += 1 + len(task.get("dependentTasks", ())) + len(_sources(task))
            faults += [
                *_definitions(name, task, spec),
                *_wiring(name, task, members, spec),
                *_condition(name, task, members),
                *_order(name, task),
            ]
    faults += _unused(spec)
    return CheckResult("references", looked_at, tuple(faults))


def _definitions(name: str, task: Mapping[str, Any], spec: Mapping[str, Any]) -> Iterator[Fault]:
    if task.get("taskInfo", {}).get("name") != name:
        yield Fault(name, f"calls itself {task.get('taskInfo', {}).get('name')!r}")
    reference = task.get("componentRef", {}).get("name")
    component = component_of(task, spec)
    if not component:
        yield Fault(name, f"component {reference!r} is not defined")
        return
    label = component.get("executorLabel")
    if "dag" in component:
        return
    executor = executor_of(task, spec)
    if not executor:
        yield Fault(name, f"executor {label!r} is not defined")
    elif not any(kind in executor for kind in KINDS):
        yield Fault(name, f"executor {label!r} says nothing of what it runs")
    container = executor.get("container", {})
    if "container" in executor and not (container.get("image") and container.get("command")):
        yield Fault(name, f"executor {label!r} has no image or no command")


def _sources(task: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    inputs = task.get("inputs", {})
    return [
        (kind, key, source)
        for kind in ("artifacts", "parameters")
        for key, source in inputs.get(kind, {}).items()
    ]


def _wiring(
    name: str, task: Mapping[str, Any], members: Mapping[str, Any], spec: Mapping[str, Any]
) -> Iterator[Fault]:
    for need in task.get("dependentTasks", ()):
        if need not in members:
            yield Fault(name, f"depends on {need!r}, which is no task")
    declared = component_of(task, spec).get("inputDefinitions", {})
    for kind, key, source in _sources(task):
        if key not in declared.get(kind, {}):
            yield Fault(name, f"is given the {kind[:-1]} {key!r}, which its component does not take")
        yield from _producer(name, key, source, members, spec)
    for key, definition in declared.get("artifacts", {}).items():
        if key not in task.get("inputs", {}).get("artifacts", {}) and not definition.get("isOptional"):
            yield Fault(name, f"its component takes the artifact {key!r}, which nothing gives it")


def _producer(
    name: str,
    key: str,
    source: Mapping[str, Any],
    members: Mapping[str, Any],
    spec: Mapping[str, Any],
) -> Iterator[Fault]:
    output_of = (
        source.get("taskOutputArtifact") or source.get("taskOutputParameter") or source.get("taskFinalStatus")
    )
    if output_of is None:
        return
    producer = output_of.get("producerTask")
    if producer not in members:
        yield Fault(name, f"takes {key!r} from {producer!r}, which is no task")
        return
    kind = "artifacts" if "taskOutputArtifact" in source else "parameters"
    output = output_of.get("outputArtifactKey") or output_of.get("outputParameterKey")
    outputs = component_of(members[producer], spec).get("outputDefinitions", {}).get(kind, {})
    if "taskFinalStatus" not in source and output not in outputs:
        yield Fault(
            name, f"takes {key!r} from {producer}'s {kind[:-1]} {output!r}, which {producer} does not make"
        )


def _order(name: str, task: Mapping[str, Any]) -> Iterator[Fault]:
    """Yields producers that a task does not wait for: TFX writes both, a lost one changes the order."""
    for producer in sorted(producers(task) - set(task.get("dependentTasks", ()))):
        yield Fault(name, f"takes something from {producer!r} without depending on it")


def _condition(name: str, task: Mapping[str, Any], members: Mapping[str, Any]) -> Iterator[Fault]:
    condition = task.get("triggerPolicy", {}).get("condition")
    gates = {key for key in task.get("inputs", {}).get("artifacts", {}) if key.startswith("_")}
    if not condition:
        if gates:
            yield Fault(name, f"is given {', '.join(sorted(gates))} for a condition that it does not have")
        for producer in sorted(producers(task)):
            if members.get(producer, {}).get("triggerPolicy", {}).get("condition"):
                yield Fault(name, f"takes something from {producer!r}, which has a condition, and has none")
        return
    try:
        keys = conditions.read_keys(condition)
    except conditions.ConditionError as error:
        yield Fault(name, str(error))
        return
    for key in sorted(gates - keys):
        yield Fault(name, f"is given {key!r} for its condition, which does not read it")
    for key in sorted(keys - task.get("inputs", {}).get("artifacts", {}).keys()):
        yield Fault(name, f"its condition reads the input {key!r}, which it does not have")


def _unused(spec: Mapping[str, Any]) -> Iterator[Fault]:
    """Yields definitions that no task uses, the other half of a name that was changed in one place only."""
    everything = [task for _, members, _ in graphs(spec) for task in members.values()]
    used = {task.get("componentRef", {}).get("name") for task in everything}
    for name in spec.get("components", {}).keys() - used:
        yield Fault("pipelineSpec", f"component {name!r} is used by no task")
    labels = {component.get("executorLabel") for component in spec.get("components", {}).values()}
    for label in spec.get("deploymentSpec", {}).get("executors", {}).keys() - labels:
        yield Fault("deploymentSpec", f"executor {label!r} is used by no component")
