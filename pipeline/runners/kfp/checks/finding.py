"""What a check found."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Fault:
    """One fault of a compiled job.

    Attributes:
      where: the task, executor or field. what: what is wrong, naming the thing that is missing.
    """

    where: str
    what: str


@dataclasses.dataclass(frozen=True)
class Found:
    """What one check looked at and found.

    Attributes:
      looked_at: how many things were checked; a check that looked at nothing has not passed.
    """

    check: str
    looked_at: int
    faults: tuple[Fault, ...]

    @property
    def passed(self) -> bool:
        """Whether it looked at something and found no fault."""
        return self.looked_at > 0 and not self.faults


def graphs(spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Name, tasks and declared inputs of the root and of every component that is a graph itself."""
    root = spec.get("root", {})
    yield "root", root.get("dag", {}).get("tasks", {}), root.get("inputDefinitions", {})
    for name, component in spec.get("components", {}).items():
        if "dag" in component:
            yield name, component["dag"].get("tasks", {}), component.get("inputDefinitions", {})


def tasks(spec: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every task of every graph."""
    for _, members, _ in graphs(spec):
        yield from members.items()


def component_of(task: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The component of a task; empty when there is none."""
    return spec.get("components", {}).get(task.get("componentRef", {}).get("name"), {})


def executor_of(task: Mapping[str, Any], spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """The executor of a task; empty when there is none."""
    label = component_of(task, spec).get("executorLabel", "")
    return spec.get("deploymentSpec", {}).get("executors", {}).get(label, {})
