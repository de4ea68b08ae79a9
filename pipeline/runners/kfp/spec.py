"""Where things stand in a compiled job and its pipelineSpec, both as JSON values."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

Job = dict[str, Any]


def graphs(spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yields name, tasks and declared inputs of the root and of every component that is a graph itself."""
    root = spec.get("root", {})
    yield "root", root.get("dag", {}).get("tasks", {}), root.get("inputDefinitions", {})
    for name, component in spec.get("components", {}).items():
        if "dag" in component:
            yield name, component["dag"].get("tasks", {}), component.get("inputDefinitions", {})


def tasks(spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yields name and PipelineTaskSpec of every task of every graph."""
    for _, members, _ in graphs(spec):
        yield from members.items()


def component_of(task: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the component of a task; empty when there is none."""
    return spec.get("components", {}).get(task.get("componentRef", {}).get("name"), {})


def executor_of(task: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the executor of a task; empty when there is none."""
    label = component_of(task, spec).get("executorLabel", "")
    return spec.get("deploymentSpec", {}).get("executors", {}).get(label, {})


def container_of(task: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the container of a task's executor; empty when it has none."""
    return executor_of(task, spec).get("container", {})


def producers(task: Mapping[str, Any]) -> set[str]:
    """Returns the tasks that a task takes artifacts, parameters or a final status from."""
    inputs = task.get("inputs", {})
    sources = [*inputs.get("artifacts", {}).values(), *inputs.get("parameters", {}).values()]
    kinds = ("taskOutputArtifact", "taskOutputParameter", "taskFinalStatus")
    names = {source[kind].get("producerTask", "") for source in sources for kind in kinds if kind in source}
    return names - {""}


def type_title(artifact_type: Mapping[str, Any]) -> str:
    """Returns the title of an artifact type, such as `tfx.Model`.

    Raises:
      KeyError: it has neither a title nor a schema.
    """
    if "schemaTitle" in artifact_type:
        return str(artifact_type["schemaTitle"])
    return _title_in(artifact_type["instanceSchema"])


@functools.cache
def _title_in(instance_schema: str) -> str:
    return str(yaml.safe_load(instance_schema)["title"])
