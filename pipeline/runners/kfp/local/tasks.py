"""The tasks of a compiled job, in an order in which they can run."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pipeline.runners.kfp.spec import producers

EXIT_STRATEGY = "ALL_UPSTREAM_TASKS_COMPLETED"


@dataclasses.dataclass(frozen=True)
class Task:
    """One task and what it refers to.

    Attributes:
      name: unique in its graph.
      spec: PipelineTaskSpec as JSON values.
      component: ComponentSpec as JSON values.
      executor: ExecutorSpec as JSON values; empty when the component is a graph itself.
      needs: tasks that have to end before it.
      members: tasks that are the task, when it is a graph itself.
    """

    name: str
    spec: Mapping[str, Any]
    component: Mapping[str, Any]
    executor: Mapping[str, Any]
    needs: frozenset[str]
    members: tuple[Task, ...] = ()

    @property
    def condition(self) -> str:
        """The condition under which it runs; empty for always."""
        return self.spec.get("triggerPolicy", {}).get("condition", "")

    @property
    def is_exit_handler(self) -> bool:
        """Whether it runs however the others ended."""
        return self.spec.get("triggerPolicy", {}).get("strategy") == EXIT_STRATEGY

    @property
    def caches(self) -> bool:
        """Whether an equal earlier execution may stand in for it."""
        return bool(self.spec.get("cachingOptions", {}).get("enableCache"))


def in_order(job: Mapping[str, Any]) -> tuple[Task, ...]:
    """Returns the tasks of the root, producers before consumers.

    Raises:
      ValueError: the tasks wait for each other in a circle, or for one that is not there.
    """
    spec = job["pipelineSpec"]
    return _sorted(_read(name, task, spec) for name, task in spec["root"]["dag"]["tasks"].items())


def _read(name: str, task: Mapping[str, Any], spec: Mapping[str, Any]) -> Task:
    component = spec["components"][task["componentRef"]["name"]]
    inner = component.get("dag", {}).get("tasks", {})
    return Task(
        name=name,
        spec=task,
        component=component,
        executor=spec["deploymentSpec"]["executors"].get(component.get("executorLabel", ""), {}),
        needs=frozenset({*task.get("dependentTasks", ()), *producers(task)}),
        members=_sorted(_read(each, body, spec) for each, body in inner.items()) if inner else (),
    )


def _sorted(tasks: Any) -> tuple[Task, ...]:
    waiting = {task.name: task for task in sorted(tasks, key=lambda task: task.name)}
    done: dict[str, Task] = {}
    while waiting:
        ready = [task for task in waiting.values() if task.needs <= done.keys()]
        if not ready:
            missing = sorted({need for task in waiting.values() for need in task.needs} - done.keys())
            raise ValueError(f"tasks {', '.join(waiting)} wait for {', '.join(missing)}, which never end")
        for task in ready:
            done[task.name] = waiting.pop(task.name)
    return tuple(done.values())
