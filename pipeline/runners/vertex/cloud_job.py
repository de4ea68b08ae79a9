"""Compiles the graph of a launch into the job that Vertex AI is sent, and names its paths in the cloud."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kfp.pipeline_spec import pipeline_spec_pb2
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.dsl.components.base.base_node import BaseNode
from tfx.orchestration.pipeline import Pipeline

from pipeline import graph
from pipeline.config import machines, retries
from pipeline.config.cloud import CloudConfig
from pipeline.config.config import Config
from pipeline.errors import ConfigError
from pipeline.launch.launch import Launch
from pipeline.launch.paths import RunPaths
from pipeline.runners import beam_options
from pipeline.runners.kfp.compile import compile_pipeline
from pipeline.runners.kfp.job_fields import Backoff, record_launch, set_caching, set_retries, set_timeouts
from pipeline.runners.kfp.spec import Job
from pipeline.runners.vertex.beam import beam_arguments
from pipeline.runners.vertex.executors import stage_overrides
from pipeline.runners.vertex.exit_handler import NOTIFY, exit_handler
from pipeline.runners.vertex.job_fields import complete
from pipeline.runners.vertex.settle_step import SETTLE


def cloud_paths(config: Config, cloud: CloudConfig, schema_fingerprint: str) -> RunPaths:
    """Returns where a run keeps things in the cloud."""
    return RunPaths(
        pipeline_root=f"{cloud.bucket}/artifacts",
        schema_file=f"{cloud.bucket}/schemas/{schema_fingerprint[:16]}/schema.pbtxt",
        served_models=f"{cloud.bucket}/models/{config.model.name}",
    )


def in_cloud(launch: Launch, cloud: CloudConfig) -> Launch:
    """Returns the launch with its days below /gcs, where Vertex AI mounts buckets in the containers.

    Days of a BigQuery table are in the cloud already.
    """
    if launch.config.data.format == "bigquery":
        return launch
    folder = "/gcs/" + cloud.data.removeprefix("gs://")
    window = launch.window

    def mounted(spans: Any) -> Any:
        return tuple(dataclasses.replace(s, path=f"{folder}/{Path(s.path).name}") for s in spans)

    moved = dataclasses.replace(
        window, train_spans=mounted(window.train_spans), eval_spans=mounted(window.eval_spans)
    )
    return dataclasses.replace(launch, window=moved)


def compile_job(launch: Launch, paths: RunPaths) -> Job:
    """Returns the whole job as JSON values: `aiplatform_v1.PipelineJob`, whose pipelineSpec has version 2.1.

    Raises:
      ConfigError: the configuration has no section `cloud`, or names a step that the graph does not have.
      MiscompiledError: TFX compiled the graph into something that cannot run, and it cannot be repaired.
    """
    config, cloud = launch.config, launch.config.require_cloud()
    pipeline = graph.build(launch, paths, stage_overrides(config, cloud))
    handler = exit_handler(launch, paths)
    _refuse_unknown_steps(pipeline, cloud)
    _place_steps([*pipeline.components, *([handler] if handler else [])], cloud)
    beam_options.set_arguments(pipeline, lambda stage: beam_arguments(config, cloud, stage))
    job = compile_pipeline(pipeline, cloud.image, handler)
    set_timeouts(job, lambda step: cloud.step(step).timeout_minutes * 60)
    backoff = Backoff(retries.BACKOFF_S, retries.BACKOFF_FACTOR, retries.LONGEST_BACKOFF_S)
    set_retries(job, lambda step: cloud.step(step).retries, backoff)
    set_caching(job, lambda step: step not in (NOTIFY, SETTLE) and cloud.step(step).cache)
    record_launch(job, {**launch.record(), "runner": "vertex"})
    complete(job, config)
    return job


def _refuse_unknown_steps(pipeline: Pipeline, cloud: CloudConfig) -> None:
    names = sorted((*(node.id for node in pipeline.components), NOTIFY))
    for name in cloud.steps:
        if name not in names:
            raise ConfigError(f"cloud.steps.{name}: the graph has no such step; it has {', '.join(names)}")


def _place_steps(nodes: Sequence[BaseNode], cloud: CloudConfig) -> None:
    """Sets the machine of each step."""
    for node in nodes:
        if isinstance(node, BaseComponent):
            resources = _resources(cloud.step(node.id).machine)
            if resources is not None:
                node.with_platform_config(resources)


def _resources(machine: str) -> Any | None:
    """Returns the limits of a step on a machine; None for a machine whose size is not known."""
    has = machines.size(machine)
    if has is None:
        return None
    resources = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec.ResourceSpec
    return resources(cpu_limit=has.vcpus, memory_limit=has.memory_gb)
