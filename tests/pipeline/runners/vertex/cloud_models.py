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


def merge_aliases(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """ModelService.MergeVersionAliases: an alias is one version's of a model, so giving it moves it."""
    del query
    request = parsed(api.MergeVersionAliasesRequest, body)
    name, _, number = part["name"].partition("@")
    found = [each for each in cloud.models.get(name, ()) if each.version_id == number]
    if not found:
        raise RefusedError(404, "NOT_FOUND", f"{part['name']} not found")
    given = {alias for alias in request.version_aliases if not alias.startswith("-")}
    taken = {alias[1:] for alias in request.version_aliases if alias.startswith("-")}
    need(request.version_aliases and all(map(ALIAS.match, given | taken)), f"aliases {[*given, *taken]}")
    need("default" not in taken, "one version has to be the default")
    need(taken <= {*found[0].version_aliases}, f"{part['name']} is not called {taken}")
    for version in cloud.models[name]:
        version.version_aliases = [a for a in version.version_aliases if a not in given]
    kept = [alias for alias in found[0].version_aliases if alias not in taken]
    found[0].version_aliases = sorted({*kept, *given})
    return found[0]


def list_endpoints(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.ListEndpoints by display name."""
    del body, part
    wanted = re.fullmatch(r'display_name="([^"]*)"', query.get("filter", ""))
    need(wanted, f"filter {query.get('filter')!r}")
    found = [each for each in cloud.endpoints.values() if wanted and each.display_name == wanted[1]]
    return api.ListEndpointsResponse(endpoints=found)


def get_endpoint(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.GetEndpoint."""
    del query, body
    if part["name"] not in cloud.endpoints:
        raise RefusedError(404, "NOT_FOUND", f"{part['name']} not found")
    return cloud.endpoints[part["name"]]


def update_endpoint(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.UpdateEndpoint of the traffic; an etag of old is refused.

    Endpoint.traffic_split: "must add up to 100, or map must be empty if the Endpoint is to not accept any
    traffic at a moment". google.aip.dev/154: a mismatch is ABORTED.
    """
    given, endpoint = parsed(api.Endpoint, body), get_endpoint(cloud, part, {}, b"")
    need(query.get("updateMask") == "trafficSplit", f"update_mask {query.get('updateMask')!r}")
    if given.etag and given.etag != endpoint.etag:
        raise RefusedError(409, "ABORTED", f"etag {given.etag} is not {endpoint.etag}")
    split = dict(given.traffic_split)
    need(sum(split.values()) in ((100,) if split else (0,)), f"traffic_split {split} must sum to 100")
    need(set(split) <= {each.id for each in endpoint.deployed_models}, f"{split} names what is not deployed")
    endpoint.traffic_split = split
    return _changed(endpoint)


def _changed(endpoint: Any) -> Any:
    endpoint.etag = str(int(endpoint.etag or 0) + 1)
    return endpoint


def make_endpoint(cloud: Cloud, parent: str, name: str) -> str:
    """Makes an endpoint, as infrastructure does, and returns its resource name; no request makes one."""
    endpoint = api.Endpoint(
        name=f"{parent}/endpoints/{len(cloud.endpoints) + 1}", display_name=name, etag="1"
    )
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
    need(sum(split.values()) in ((100,) if split else (0,)), f"traffic_split {split} must sum to 100")
    model, _, number = deployed.model.partition("@")
    if number not in {each.version_id for each in cloud.models.get(model, ())}:
        raise RefusedError(404, "NOT_FOUND", f"{deployed.model} not found")
    known = {each.id for each in endpoint.deployed_models}
    need(set(split) - {"0"} <= known, f"traffic_split {split} names what is not deployed")
    deployed.id = str(1000 + len(cloud.calls))
    deployed.model, deployed.model_version_id = model, number
    endpoint.deployed_models.append(deployed)
    if split:  # "If this field is empty, then the Endpoint's traffic_split is not updated."
        endpoint.traffic_split = {deployed.id if key == "0" else key: share for key, share in split.items()}
    _changed(endpoint)
    return _done(api.DeployModelResponse(deployed_model=deployed))


def undeploy_model(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """EndpointService.UndeployModel; a model with traffic stays."""
    del query
    request, endpoint = parsed(api.UndeployModelRequest, body), cloud.endpoints[part["name"]]
    known = {each.id for each in endpoint.deployed_models}
    need(request.deployed_model_id in known, f"{request.deployed_model_id} is not deployed")
    need(not endpoint.traffic_split.get(request.deployed_model_id), "the model has traffic")
    kept = [each for each in endpoint.deployed_models if each.id != request.deployed_model_id]
    endpoint.deployed_models = kept
    _changed(endpoint)
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
