"""Imports once what every step needs, so that a step is a fork and not half a minute of imports."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from pipeline.runners.kfp.arguments import EXECUTOR_CLASS, value_of

ENTRY_POINTS = (
    "tfx.orchestration.kubeflow.v2.container.kubeflow_v2_run_executor",
    "tfx.scripts.run_executor",
)


def preload(job: Mapping[str, Any]) -> None:
    """Imports the containers' entry points and the executors that the job names; runs none of their code."""
    for module in {*ENTRY_POINTS, *_modules(job)}:
        importlib.import_module(module)


def _modules(job: Mapping[str, Any]) -> set[str]:
    executors = job["pipelineSpec"]["deploymentSpec"]["executors"].values()
    classes = [value_of(executor.get("container", {}), EXECUTOR_CLASS) for executor in executors]
    return {dotted.rpartition(".")[0] for dotted in classes if dotted}
