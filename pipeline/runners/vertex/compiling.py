"""Compiles the graph of a launch into the PipelineJob that Vertex AI is sent."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kfp.pipeline_spec import pipeline_spec_pb2
from tfx.dsl.components.base.base_component import BaseComponent
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner as stock
from tfx.orchestration.pipeline import Pipeline

from pipeline import graph
from pipeline.config import machines
from pipeline.config.cloud import CloudConfig
from pipeline.config.config import Config
from pipeline.errors import ConfigError
from pipeline.launch.launch import Launch
from pipeline.runners import beam_options
from pipeline.runners.kfp import repair
from pipeline.runners.vertex import dressing
from pipeline.runners.vertex.beam import beam_arguments
from pipeline.runners.vertex.cloud_section import section
from pipeline.runners.vertex.executors import executors, settings

Job = dict[str, Any]


def cloud_places(config: Config, cloud: CloudConfig, schema_fingerprint: str) -> graph.Places:
    """Where a run keeps things in the cloud."""
    return graph.Places(
        pipeline_root=f"{cloud.bucket}/artifacts",
        schema_file=f"{cloud.bucket}/schemas/{schema_fingerprint[:16]}/schema.pbtxt",
        served_models=f"{cloud.bucket}/models/{config.model.name}",
    )


def in_cloud(launch: Launch, cloud: CloudConfig) -> Launch:
    """The launch with its days below /gcs, where Vertex AI mounts buckets in the containers.

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


def compile_job(launch: Launch, places: graph.Places) -> Job:
    """The whole job as JSON values: `aiplatform_v1.PipelineJob`, whose pipelineSpec has version 2.1.

    Raises:
      ConfigError: the configuration has no section `cloud`, or names a step that the graph does not have.
      MiscompiledError: TFX compiled the graph into something that cannot run, and it cannot be repaired.
    """
    config, cloud = launch.config, section(launch.config)
    pipeline = graph.build(launch, places, executors(cloud), settings(config, cloud))
    _refuse_unknown_steps(pipeline, cloud)
    _place_steps(pipeline, config, cloud)
    job = repair.repair(_compile(pipeline, cloud))
    return dressing.dress(job, launch)


def write(job: Job, folder: Path, name: str) -> tuple[Path, Path]:
    """Writes `<name>.json`, the whole job, and `<name>.yaml`, its pipelineSpec as templates are kept.

    Returns:
      Both paths.
    """
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_yaml = folder / f"{name}.json", folder / f"{name}.yaml"
    as_json.write_text(json.dumps(job, indent=2, sort_keys=True) + "\n")
    as_yaml.write_text(yaml.safe_dump(job["pipelineSpec"], sort_keys=True))
    return as_json, as_yaml


def _compile(pipeline: Pipeline, cloud: CloudConfig) -> Job:
    config = stock.KubeflowV2DagRunnerConfig(default_image=cloud.image, use_pipeline_spec_2_1=True)
    return stock.KubeflowV2DagRunner(config=config).run(pipeline, write_out=False)


def _refuse_unknown_steps(pipeline: Pipeline, cloud: CloudConfig) -> None:
    names = sorted(node.id for node in pipeline.components)
    for name in cloud.steps:
        if name not in names:
            raise ConfigError(f"cloud.steps.{name}: the graph has no such step; it has {', '.join(names)}")


def _place_steps(pipeline: Pipeline, config: Config, cloud: CloudConfig) -> None:
    """Gives each step its machine, and the steps of Beam their workers."""
    for node in pipeline.components:
        if isinstance(node, BaseComponent):
            resources = _resources(cloud.step(node.id).machine)
            if resources is not None:
                node.with_platform_config(resources)
    beam_options.give(pipeline, lambda stage: beam_arguments(config, cloud, stage))


def _resources(machine: str) -> Any | None:
    """Returns the limits of a step on a machine; None for a machine whose size is not known."""
    has = machines.size(machine)
    if has is None:
        return None
    resources = pipeline_spec_pb2.PipelineDeploymentConfig.PipelineContainerSpec.ResourceSpec
    return resources(cpu_limit=has.vcpus, memory_limit=has.memory_gb)


def launch_parameters(job: Mapping[str, Any]) -> dict[str, str]:
    """What was recorded of the launch in a compiled job."""
    return dressing.launch_parameters(job["runtimeConfig"].get("parameterValues", {}))
