"""Completes a compiled job with what stands beside its pipelineSpec: labels, account, network, key."""

from __future__ import annotations

from pipeline.config.config import Config
from pipeline.runners.kfp.spec import Job

PIPELINE_LABEL = "evergreen-pipeline"


def complete(job: Job, config: Config) -> None:
    """Sets labels, service account, network, encryption key and failure policy of the whole job.

    Args:
      job: changed in place.
      config: one with a section `cloud`.

    Raises:
      ConfigError: the configuration has no section `cloud`.
    """
    cloud = config.require_cloud()
    job["labels"] = {**job.get("labels", {}), **cloud.labels, PIPELINE_LABEL: config.name}
    job["serviceAccount"] = cloud.service_account
    if cloud.network:
        job["network"] = cloud.network
    if cloud.kms_key:
        job["encryptionSpec"] = {"kmsKeyName": cloud.kms_key}
    job["runtimeConfig"]["failurePolicy"] = "PIPELINE_FAILURE_POLICY_FAIL_FAST"
