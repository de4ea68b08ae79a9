"""Model Registry's and endpoints' part of `cloud_server.py`."""

from __future__ import annotations

import re
from typing import Any

from google.cloud import aiplatform_v1 as api
from google.protobuf import json_format

from tests.pipeline.runners.vertex.cloud_state import Cloud, RefusedError, need, parsed

# UploadModelRequest.model_id: "up to 63 characters, [a-z0-9_-], the first cannot be a number or hyphen".
MODEL_ID = re.compile(r"^[a-z_][a-z0-9_-]{0,62}$")
# Model.version_aliases: "[a-z][a-zA-Z0-9-]{0,126}[a-z-0-9] to distinguish from version_id".
ALIAS = re.compile(r"^[a-z][a-zA-Z0-9-]{0,126}[a-z0-9-]$")


def get_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """ModelService.GetModel."""
    del query, body
    if part["name"] not in cloud.models:
        raise RefusedError(404, "NOT_FOUND", f"{part['name']} not found")
    return cloud.models[part["name"]][-1]


def list_versions(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """ModelService.ListModelVersions."""
    del query, body
    return api.ListModelVersionsResponse(models=cloud.models.get(part["name"], []))


def upload_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """ModelService.UploadModel: a new entry by model_id, or a version of parent_model."""
    del query
    request = parsed(api.UploadModelRequest, body)
    need(request.model.display_name and request.model.container_spec.image_uri, "display_name, image_uri")
    need(request.model.artifact_uri.startswith("gs://"), f"artifact_uri {request.model.artifact_uri!r}")
    need(all(ALIAS.match(alias) for alias in request.model.version_aliases), "version_aliases")
    name = request.parent_model or f"{part['parent']}/models/{request.model_id}"
    need(request.parent_model or MODEL_ID.match(request.model_id), f"model_id {request.model_id!r}")
    need(bool(request.parent_model) == (name in cloud.models), f"{name}: parent_model names what there is")
    versions = cloud.models.setdefault(name, [])
    model = request.model
    model.name, model.version_id = name, str(len(versions) + 1)
    for older in versions:
        older.version_aliases = [a for a in older.version_aliases if a not in model.version_aliases]
    versions.append(model)
    return _done(api.UploadModelResponse(model=name, model_version_id=model.version_id))


def list_endpoints(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.ListEndpoints by display name."""
    del body, part
    wanted = re.fullmatch(r'display_name="([^"]*)"', query.get("filter", ""))
    need(wanted, f"filter {query.get('filter')!r}")
    found = [each for each in cloud.endpoints.values() if wanted and each.display_name == wanted[1]]
    return api.ListEndpointsResponse(endpoints=found)


def make_endpoint(cloud: Cloud, parent: str, name: str) -> str:
    """Makes an endpoint, as infrastructure does, and returns its resource name; no request makes one."""
    endpoint = api.Endpoint(name=f"{parent}/endpoints/{len(cloud.endpoints) + 1}", display_name=name)
    cloud.endpoints[endpoint.name] = endpoint
    return endpoint.name


def deploy_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.DeployModel; `0` in the traffic split is the model that is deployed now."""
    del query
    request, endpoint = parsed(api.DeployModelRequest, body), cloud.endpoints[part["name"]]
    deployed, split = request.deployed_model, dict(request.traffic_split)
    resources = deployed.dedicated_resources
    need(resources.min_replica_count >= 1, "min_replica_count must be at least 1")
    need(resources.max_replica_count >= resources.min_replica_count, "max_replica_count")
    need(sum(split.values()) == 100, f"traffic_split {split} must sum to 100")
    known = {each.id for each in endpoint.deployed_models}
    need(set(split) - {"0"} <= known, f"traffic_split {split} names what is not deployed")
    deployed.id = str(1000 + len(cloud.calls))
    deployed.model, _, deployed.model_version_id = deployed.model.partition("@")
    endpoint.deployed_models.append(deployed)
    endpoint.traffic_split = {deployed.id if key == "0" else key: share for key, share in split.items()}
    return _done(api.DeployModelResponse(deployed_model=deployed))


def undeploy_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.UndeployModel; a model with traffic stays."""
    del query
    request, endpoint = parsed(api.UndeployModelRequest, body), cloud.endpoints[part["name"]]
    need(not endpoint.traffic_split.get(request.deployed_model_id), "the model has traffic")
    kept = [each for each in endpoint.deployed_models if each.id != request.deployed_model_id]
    endpoint.deployed_models = kept
    return _done(api.UndeployModelResponse())


def _done(response: Any) -> dict[str, Any]:
    """A long-running operation that has ended."""
    message = type(response).pb(response)
    values = json_format.MessageToDict(message)
    kind = f"type.googleapis.com/{message.DESCRIPTOR.full_name}"
    return {
        "name": "projects/p/locations/l/operations/1",
        "done": True,
        "response": {"@type": kind, **values},
    }
