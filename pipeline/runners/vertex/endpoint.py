"""A model's version in Vertex AI's Model Registry, deployed to an endpoint that shares its traffic.

Needs Google's client and no TFX, so that whatever moves traffic can use it. `settings` is what
executors.py writes for Pusher: parent, model_id, model_name, name, machine, replicas, …
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.api_core import exceptions
from google.cloud import aiplatform_v1 as api

from pipeline.config.cloud import CloudConfig
from pipeline.errors import ConfigError
from pipeline.runners.vertex.api import api_errors, connect

SETTINGS_KEY = "vertex_deployment"  # in Pusher's custom_config
LONGEST_UPLOAD_S, LONGEST_DEPLOYMENT_S = 1800, 3600


class Endpoint:
    """The endpoint that a configuration names, and the entry of its model in the Model Registry."""

    def __init__(self, settings: Mapping[str, Any]):
        self._settings = settings
        region = settings["parent"].rsplit("/", 1)[-1]
        self._models = connect(api.ModelServiceClient, region, settings["api_endpoint"])
        self._endpoints = connect(api.EndpointServiceClient, region, settings["api_endpoint"])

    def push(self, artifact_uri: str) -> tuple[str, str]:
        """Uploads the model as a version under its parent and deploys it; completes a push that died.

        Returns:
          The endpoint's resource name and the model's version id.

        Raises:
          ConfigError: as `find`; nothing is uploaded then.
        """
        endpoint = find(self._endpoints, self._settings["parent"], self._settings["name"])
        model, version = self._version_of(artifact_uri) or self._upload(artifact_uri)
        if not any(d.model == model and d.model_version_id == version for d in endpoint.deployed_models):
            self._deploy(endpoint, model, version)
        return endpoint.name, version

    def _parent_model(self) -> str | None:
        name = f"{self._settings['parent']}/models/{self._settings['model_id']}"
        try:
            return self._models.get_model(name=name).name.partition("@")[0]
        except exceptions.NotFound:
            return None

    def _version_of(self, artifact_uri: str) -> tuple[str, str] | None:
        """Returns the version that holds this very model, when an earlier attempt came that far."""
        parent = self._parent_model()
        for version in self._models.list_model_versions(name=parent) if parent else ():
            if version.artifact_uri == artifact_uri:
                return parent, version.version_id
        return None

    def _upload(self, artifact_uri: str) -> tuple[str, str]:
        request = upload_request(self._settings, artifact_uri, self._parent_model())
        answer = self._models.upload_model(request=request).result(timeout=LONGEST_UPLOAD_S)
        return answer.model.partition("@")[0], answer.model_version_id

    def _deploy(self, endpoint: api.Endpoint, model: str, version: str) -> None:
        """Deploys, and takes down what was idle before; what just lost its traffic stays, to go back to."""
        split = split_traffic(dict(endpoint.traffic_split), self._settings["traffic_percent"])
        idle = [d.id for d in endpoint.deployed_models if not endpoint.traffic_split.get(d.id)]
        self._endpoints.deploy_model(
            endpoint=endpoint.name,
            deployed_model=deployed_model(self._settings, model, version),
            traffic_split=split,
        ).result(timeout=LONGEST_DEPLOYMENT_S)
        for each in idle:
            self._endpoints.undeploy_model(endpoint=endpoint.name, deployed_model_id=each).result(
                timeout=LONGEST_UPLOAD_S
            )


def look_for(cloud: CloudConfig) -> str | None:
    """Sees that the endpoint of a configuration is there, before a run that would deploy to it.

    Returns:
      What could not be seen, if nobody here may list endpoints.

    Raises:
      ConfigError: as `find`.
      UserError: the API refuses or does not answer.
    """
    parent = f"projects/{cloud.project}/locations/{cloud.region}"
    client = connect(api.EndpointServiceClient, cloud.region, cloud.api_endpoint)
    with api_errors(f"looking for the endpoint {cloud.endpoint.name!r}"):
        try:
            find(client, parent, cloud.endpoint.name)
        except exceptions.Forbidden:
            return f"cloud.endpoint.name is {cloud.endpoint.name!r}, and you may not list endpoints to see it"
    return None


def find(endpoints: api.EndpointServiceClient, parent: str, name: str) -> api.Endpoint:
    """Returns the endpoint of a name, which infrastructure made: private and with its key, where asked for.

    Args:
      endpoints: client of the service.
      parent: project and region, `projects/PROJECT/locations/REGION`.
      name: its display name.

    Raises:
      ConfigError: there is none, or several; it is not made here, since it would be open to the internet.
    """
    by_name = api.ListEndpointsRequest(parent=parent, filter=f'display_name="{name}"')
    # Not by the filter alone: a name may hold a quote.
    found = [each for each in endpoints.list_endpoints(request=by_name) if each.display_name == name]
    if len(found) == 1:
        return found[0]
    there = "no endpoint is" if not found else f"{len(found)} endpoints are"
    raise ConfigError(
        f"{there} named {name!r} in {parent}; set cloud.endpoint.name to the one that `terraform apply` made"
    )


def split_traffic(now: Mapping[str, int], percent: int) -> dict[str, int]:
    """Gives a share to the new model (`0`, as the API calls it); the others keep their proportions.

    Args:
      now: percents by deployed model.
      percent: of the new model.

    Returns:
      Whole percents that sum to 100; the first model on an endpoint gets all.
    """
    serving = {each: share for each, share in sorted(now.items()) if share}
    if not serving:
        return {"0": 100}
    left, total = 100 - percent, sum(serving.values())
    split = {each: left * share // total for each, share in serving.items()}
    split[max(serving, key=lambda each: serving[each])] += left - sum(split.values())
    return {"0": percent, **split}


def upload_request(
    settings: Mapping[str, Any], artifact_uri: str, parent: str | None
) -> api.UploadModelRequest:
    """Returns the request that makes a model a version; without a parent it creates the entry."""
    model = api.Model(
        display_name=settings["model_name"],
        artifact_uri=artifact_uri,
        container_spec=api.ModelContainerSpec(image_uri=settings["server_image"]),
        version_aliases=list(settings["version_aliases"]),
        labels=settings["labels"],
        **_encryption(settings),
    )
    place = {"parent_model": parent} if parent else {"model_id": settings["model_id"]}
    return api.UploadModelRequest(
        parent=settings["parent"], model=model, service_account=settings["service_account"], **place
    )


def deployed_model(settings: Mapping[str, Any], model: str, version: str) -> api.DeployedModel:
    """Returns what is deployed, and on which machines."""
    machine = api.MachineSpec(machine_type=settings["machine"])
    if settings["accelerator"]:
        machine.accelerator_type = api.AcceleratorType[settings["accelerator"]]
        machine.accelerator_count = settings["accelerators"]
    return api.DeployedModel(
        model=f"{model}@{version}",
        display_name=f"{settings['model_name']}-{version}",
        service_account=settings["service_account"],
        dedicated_resources=api.DedicatedResources(
            machine_spec=machine,
            min_replica_count=settings["min_replicas"],
            max_replica_count=settings["max_replicas"],
        ),
    )


def _encryption(settings: Mapping[str, Any]) -> dict[str, api.EncryptionSpec]:
    key = settings["kms_key"]
    return {"encryption_spec": api.EncryptionSpec(kms_key_name=key)} if key else {}
