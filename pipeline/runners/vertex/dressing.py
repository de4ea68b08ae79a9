"""What TFX's compiler has no word for: timeouts, caching by step, labels, accounts, the launch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.config.cloud import CloudConfig
from pipeline.launch.launch import Launch
from pipeline.launch.record import as_parameters, from_parameters

Job = dict[str, Any]
PIPELINE_LABEL = "evergreen-pipeline"
KILL_AFTER_S = 30


def dress(job: Job, launch: Launch) -> Job:
    """Completes a compiled job in place."""
    config, cloud = launch.config, launch.config.cloud
    assert cloud is not None
    _time_out(job, cloud)
    _cache(job, cloud)
    _record(job, launch)
    job["labels"] = {**job.get("labels", {}), **cloud.labels, PIPELINE_LABEL: config.name}
    job["serviceAccount"] = cloud.service_account
    if cloud.network:
        job["network"] = cloud.network
    if cloud.kms_key:
        job["encryptionSpec"] = {"kmsKeyName": cloud.kms_key}
    job["runtimeConfig"]["failurePolicy"] = "PIPELINE_FAILURE_POLICY_FAIL_FAST"
    return job


def timeout_command(seconds: int) -> list[str]:
    """What stands before a step's command: the pipeline spec has no timeout, so coreutils ends the step."""
    return ["timeout", f"--kill-after={KILL_AFTER_S}", str(seconds)]


def launch_parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """The record of the launch among a job's parameter values."""
    return from_parameters(values)


def _time_out(job: Job, cloud: CloudConfig) -> None:
    spec = job["pipelineSpec"]
    executors = spec["deploymentSpec"]["executors"]
    for name, task in spec["root"]["dag"]["tasks"].items():
        label = spec["components"][task["componentRef"]["name"]]["executorLabel"]
        container = executors[label].get("container")
        if container:
            seconds = cloud.step(name).timeout_minutes * 60
            container["command"] = [*timeout_command(seconds), *container["command"]]


def _cache(job: Job, cloud: CloudConfig) -> None:
    for name, task in job["pipelineSpec"]["root"]["dag"]["tasks"].items():
        task["cachingOptions"] = {"enableCache": True} if cloud.step(name).cache else {}


def _record(job: Job, launch: Launch) -> None:
    """As run parameters that no step reads: Vertex AI keeps them, `runs` and `lineage` read them."""
    declared = job["pipelineSpec"]["root"].setdefault("inputDefinitions", {}).setdefault("parameters", {})
    values = job["runtimeConfig"].setdefault("parameterValues", {})
    for name, text in as_parameters({**launch.record(), "runner": "vertex"}).items():
        declared[name] = {"parameterType": "STRING"}
        values[name] = text
