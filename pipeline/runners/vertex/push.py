"""Pusher's executor for Vertex AI: a version in the Model Registry, deployed to an endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from google.api_core import exceptions
from google.cloud import aiplatform_v1 as api
from tfx.proto import pusher_pb2
from tfx.types import Artifact, artifact_utils, standard_component_specs
from tfx.utils import io_utils, proto_utils

from components.pusher import executor as atomic
from pipeline.runners.kfp import stand_in
from pipeline.runners.vertex.api import connect

DEPLOYMENT_KEY = "vertex_deployment"
LONGEST_UPLOAD_S, LONGEST_DEPLOYMENT_S = 1800, 3600


class Executor(atomic.Executor):
    """Uploads a model that both gates blessed, as a version under its parent, and deploys it.

    Custom properties written on the artifact: `pushed` (int), `pushed_version` (the version in the Model
    Registry), `pushed_destination` (the endpoint's resource name). In a rehearsal both requests are built
    and parsed, and the model goes to the folder of `push_destination`.
    """

    def Do(  # noqa: N802 - TFX's interface
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Pushes the model if its blessings say so; repeating a push that died half-way completes it."""
        self._log_startup(input_dict, output_dict, exec_properties)
        pushed = artifact_utils.get_single_instance(output_dict[standard_component_specs.PUSHED_MODEL_KEY])
        if not self.CheckBlessing(input_dict):
            self._MarkNotPushed(pushed)
            return
        model_path = self.GetModelPath(input_dict)
        io_utils.copy_dir(model_path, pushed.uri)
        wanted = json.loads(exec_properties[standard_component_specs.CUSTOM_CONFIG_KEY])[DEPLOYMENT_KEY]
        if stand_in.here():
            upload_request(wanted, pushed.uri, None), deployed_model(wanted, "projects/p/models/m", "1")
            destination = atomic.publish(model_path, _base_directory(exec_properties))
            version = destination.rsplit("/", 1)[-1]
        else:
            destination, version = Deployment(wanted).push(pushed.uri)
        self._MarkPushed(pushed, pushed_destination=destination, pushed_version=version)


class Deployment:
    """The Model Registry entry and the endpoint that a configuration names."""

    def __init__(self, wanted: Mapping[str, Any]):
        self._wanted = wanted
        region = wanted["parent"].rsplit("/", 1)[-1]
        self._models = connect(api.ModelServiceClient, region, wanted["api_endpoint"])
        self._endpoints = connect(api.EndpointServiceClient, region, wanted["api_endpoint"])

    def push(self, artifact_uri: str) -> tuple[str, str]:
        """Makes the model serve.

        Returns:
          The endpoint's resource name and the model's version id.
        """
        model, version = self._version_of(artifact_uri) or self._upload(artifact_uri)
        endpoint = self._endpoint()
        if not any(d.model == model and d.model_version_id == version for d in endpoint.deployed_models):
            self._deploy(endpoint, model, version)
        return endpoint.name, version

    def _parent_model(self) -> str | None:
        name = f"{self._wanted['parent']}/models/{self._wanted['model_id']}"
        try:
            return self._models.get_model(name=name).name.partition("@")[0]
        except exceptions.NotFound:
            return None

    def _version_of(self, artifact_uri: str) -> tuple[str, str] | None:
        """The version that holds this very model, when an earlier attempt came that far."""
        parent = self._parent_model()
        for version in self._models.list_model_versions(name=parent) if parent else ():
            if version.artifact_uri == artifact_uri:
                return parent, version.version_id
        return None

    def _upload(self, artifact_uri: str) -> tuple[str, str]:
        request = upload_request(self._wanted, artifact_uri, self._parent_model())
        answer = self._models.upload_model(request=request).result(timeout=LONGEST_UPLOAD_S)
        return answer.model.partition("@")[0], answer.model_version_id

    def _endpoint(self) -> api.Endpoint:
        wanted = self._wanted
        named = api.ListEndpointsRequest(parent=wanted["parent"], filter=f'display_name="{wanted["name"]}"')
        for endpoint in self._endpoints.list_endpoints(request=named):
            return endpoint
        endpoint = api.Endpoint(display_name=wanted["name"], labels=wanted["labels"], **_encryption(wanted))
        operation = self._endpoints.create_endpoint(parent=wanted["parent"], endpoint=endpoint)
        return operation.result(timeout=LONGEST_UPLOAD_S)

    def _deploy(self, endpoint: api.Endpoint, model: str, version: str) -> None:
        """Deploys, and takes down what was idle before; what just lost its traffic stays, to go back to."""
        split = split_traffic(dict(endpoint.traffic_split), self._wanted["traffic_percent"])
        idle = [d.id for d in endpoint.deployed_models if not endpoint.traffic_split.get(d.id)]
        self._endpoints.deploy_model(
            endpoint=endpoint.name,
            deployed_model=deployed_model(self._wanted, model, version),
            traffic_split=split,
        ).result(timeout=LONGEST_DEPLOYMENT_S)
        for each in idle:
            self._endpoints.undeploy_model(endpoint=endpoint.name, deployed_model_id=each).result(
                timeout=LONGEST_UPLOAD_S
            )


def split_traffic(now: Mapping[str, int], percent: int) -> dict[str, int]:
    """Gives `percent` to the new model (`0`, as the API calls it) and takes it from the others by their
    share.

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
    wanted: Mapping[str, Any], artifact_uri: str, parent: str | None
) -> api.UploadModelRequest:
    """The request that makes a model a version; the first one creates the entry."""
    model = api.Model(
        display_name=wanted["model_name"],
        artifact_uri=artifact_uri,
        container_spec=api.ModelContainerSpec(image_uri=wanted["server_image"]),
        version_aliases=list(wanted["version_aliases"]),
        labels=wanted["labels"],
        **_encryption(wanted),
    )
    place = {"parent_model": parent} if parent else {"model_id": wanted["model_id"]}
    return api.UploadModelRequest(
        parent=wanted["parent"], model=model, service_account=wanted["service_account"], **place
    )


def deployed_model(wanted: Mapping[str, Any], model: str, version: str) -> api.DeployedModel:
    """What is deployed, and on which machines."""
    machine = api.MachineSpec(machine_type=wanted["machine"])
    if wanted["accelerator"]:
        machine.accelerator_type = api.AcceleratorType[wanted["accelerator"]]
        machine.accelerator_count = wanted["accelerators"]
    return api.DeployedModel(
        model=f"{model}@{version}",
        display_name=f"{wanted['model_name']}-{version}",
        service_account=wanted["service_account"],
        dedicated_resources=api.DedicatedResources(
            machine_spec=machine,
            min_replica_count=wanted["min_replicas"],
            max_replica_count=wanted["max_replicas"],
        ),
    )


def _encryption(wanted: Mapping[str, Any]) -> dict[str, api.EncryptionSpec]:
    key = wanted["kms_key"]
    return {"encryption_spec": api.EncryptionSpec(kms_key_name=key)} if key else {}


def _base_directory(exec_properties: Mapping[str, Any]) -> str:
    destination = pusher_pb2.PushDestination()
    proto_utils.json_to_proto(exec_properties[standard_component_specs.PUSH_DESTINATION_KEY], destination)
    return destination.filesystem.base_directory
