"""The last step of a job: it tells people how the job ended, if there is somebody whom it can reach."""

from __future__ import annotations

from tfx.dsl.components.base.base_node import BaseNode
from tfx.orchestration.kubeflow.decorators import FinalStatusStr

from components.notify.component import Notify
from monitoring.notify.target import targets_as_json
from pipeline.launch.graph_inputs import graph_inputs
from pipeline.launch.launch import Launch
from pipeline.launch.paths import RunPaths

NOTIFY = "Notify"


def exit_handler(launch: Launch, paths: RunPaths) -> BaseNode | None:
    """Returns the step; None where no notifier of the configuration works on Vertex AI."""
    settings = launch.config.notify
    if not settings.on_vertex:
        return None
    return Notify(
        status=FinalStatusStr(),
        pipeline_name=launch.config.name,
        job_root=paths.pipeline_root,
        window=graph_inputs(launch)["window"],
        policy=launch.config.release.policy,
        targets=targets_as_json(settings.on_vertex),
        timeout_s=settings.timeout_s,
    )
