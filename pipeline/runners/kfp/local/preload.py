"""Imports once what every step needs, so that a step is a fork and not half a minute of imports."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

ENTRY_POINTS = (
    "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor",
    "tfx.scripts.run_executor",
)


def preload(job: Mapping[str, Any]) -> None:
    """Imports the containers' entry points and the executors that the job names; runs none of their code."""
    for module in {*ENTRY_POINTS, *_modules(job)}:
        importlib.import_module(module)


def _modules(job: Mapping[str, Any]) -> set[str]:
    found = set()
    for executor in job["pipelineSpec"]["deploymentSpec"]["executors"].values():
        arguments = executor.get("container", {}).get("args", [])
        if "--executor_class_path" in arguments:
            path = arguments[arguments.index("--executor_class_path") + 1]
            found.add(path.rpartition(".")[0])
    return found
