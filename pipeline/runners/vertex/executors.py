"""The executors of stages that use a service of Vertex AI, and their settings."""

from __future__ import annotations

import json
from typing import Any

from tfx.dsl.components.base.executor_spec import ExecutorClassSpec, ExecutorSpec
from tfx.extensions.google_cloud_ai_platform.constants import ENABLE_VERTEX_KEY, VERTEX_REGION_KEY
from tfx.extensions.google_cloud_ai_platform.trainer.executor import TRAINING_ARGS_KEY

from pipeline.config.cloud import CloudConfig, TrainerConfig
from pipeline.config.config import Config
from pipeline.config.job_timeouts import job_minutes
from pipeline.graph import StageOverrides
from pipeline.launch import fingerprint
from pipeline.runners.vertex.deployment import SETTINGS_KEY, Settings, settings_of, upload_settings
from pipeline.runners.vertex.push import Executor as UploadExecutor
from pipeline.runners.vertex.settle_step import Settle
from pipeline.runners.vertex.train import API_ENDPOINT_KEY
from pipeline.runners.vertex.train import Executor as CustomTrainingExecutor
from pipeline.stages import PUSHER, TRAINER

_ACCELERATORS = "accelerators"  # trainer/training/accelerators.py
_PUSHER_CODE = ("pipeline.runners.vertex.push", "pipeline.runners.vertex.model_versions")


def stage_overrides(config: Config, cloud: CloudConfig) -> StageOverrides:
    """Returns what stages do otherwise on Vertex AI.

    Pusher uploads to the Model Registry, and Settle lets serve what is on record. Trainer trains in its own
    step unless a training machine is configured.
    """
    deployment = settings_of(config, cloud)
    executors: dict[str, ExecutorSpec] = {PUSHER.name: ExecutorClassSpec(UploadExecutor)}
    settings = {PUSHER.name: _upload(deployment)}
    if cloud.trainer:
        executors[TRAINER.name] = ExecutorClassSpec(CustomTrainingExecutor)
        settings[TRAINER.name] = _custom_training(config, cloud, cloud.trainer)
    return StageOverrides(
        executors,
        settings,
        after_release=lambda release: Settle(
            release=release, deployment=json.dumps(deployment, sort_keys=True)
        ),
    )


def _upload(deployment: Settings) -> dict[str, Any]:
    return {
        SETTINGS_KEY: upload_settings(deployment),
        "executor_fingerprint": fingerprint.of_modules(alone=_PUSHER_CODE),
    }


def _custom_training(config: Config, cloud: CloudConfig, trainer: TrainerConfig) -> dict[str, Any]:
    minutes = trainer.timeout_minutes or job_minutes(cloud.step(TRAINER.name).timeout_minutes)
    machine: dict[str, Any] = {"machine_type": trainer.machine}
    if trainer.accelerator:
        machine |= {"accelerator_type": trainer.accelerator, "accelerator_count": trainer.accelerators}
    job_spec: dict[str, Any] = {
        "worker_pool_specs": [
            {
                "machine_spec": machine,
                "replica_count": 1,
                "disk_spec": {"boot_disk_type": "pd-ssd", "boot_disk_size_gb": trainer.disk_gb},
                "container_spec": {"image_uri": trainer.image or cloud.image},
            }
        ],
        "scheduling": {"timeout": f"{minutes * 60}s"},
        "service_account": cloud.training_service_account,
    }
    if cloud.network:
        job_spec["network"] = cloud.network
    job: dict[str, Any] = {
        "project": cloud.project,
        "display_name": f"{config.name}-trainer",
        "job_spec": job_spec,
        "labels": dict(cloud.labels),
    }
    if cloud.kms_key:
        job["encryption_spec"] = {"kms_key_name": cloud.kms_key}
    wanted = {_ACCELERATORS: {"count": trainer.accelerators, "allow_cpu": trainer.allow_cpu}}
    address = {API_ENDPOINT_KEY: cloud.api_endpoint} if cloud.api_endpoint else {}
    return {
        ENABLE_VERTEX_KEY: True,
        VERTEX_REGION_KEY: cloud.region,
        TRAINING_ARGS_KEY: job,
        **wanted,
        **address,
    }
