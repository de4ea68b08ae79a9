"""What a deployment on Vertex AI consists of, by its configuration: endpoint, registry entry, record."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from pipeline.config.cloud import CloudConfig
from pipeline.config.config import Config

SETTINGS_KEY = "vertex_deployment"  # in Pusher's custom_config
# What Pusher needs of it: a change of the rest makes no new version of the same model.
UPLOAD_KEYS = (
    "parent",
    "model_name",
    "model_id",
    "server_image",
    "service_account",
    "kms_key",
    "labels",
    "api_endpoint",
)
Settings = Mapping[str, Any]


def settings_of(config: Config, cloud: CloudConfig) -> Settings:
    """Returns the deployment as JSON values, as steps and commands take it."""
    return {
        "parent": f"projects/{cloud.project}/locations/{cloud.region}",
        "pipeline": config.name,
        "model_name": config.model.name,
        "record": record_of(config, cloud),
        "policy": config.release.policy,
        "rollout": config.rollout.model_dump(mode="json"),
        "service_account": cloud.serving_service_account,
        "network": cloud.network,
        "kms_key": cloud.kms_key,
        "labels": dict(cloud.labels),
        "api_endpoint": cloud.api_endpoint,
        **cloud.endpoint.model_dump(mode="json"),
    }


def record_of(config: Config, cloud: CloudConfig) -> str:
    """Returns the address of the object that holds the record of the deployment's models."""
    return record_in(cloud.bucket, config.name)


def record_in(bucket: str, name: str) -> str:
    """Returns the address of the record of a pipeline's models in a bucket."""
    return f"{bucket}/registry/{name}.json"


def upload_settings(settings: Settings) -> Settings:
    """Returns what uploading a model needs of a deployment."""
    return {key: settings[key] for key in UPLOAD_KEYS}


@dataclasses.dataclass(frozen=True)
class DeployedIn:
    """Where a deployment is: an `api.Region`."""

    project: str
    region: str
    api_endpoint: str | None


def region_of(settings: Settings) -> DeployedIn:
    """Returns where a deployment is."""
    _, project, _, region = str(settings["parent"]).split("/")
    return DeployedIn(project, region, settings["api_endpoint"])


def is_self_deployed(facts: Mapping[str, Any]) -> bool:
    """Returns whether a release's job deployed it before it was recorded, as an earlier template did.

    Then its record names an endpoint, else a version in the Model Registry.

    Args:
      facts: the properties of the release's record.
    """
    return "/models/" not in facts.get("pushed_destination", "")
