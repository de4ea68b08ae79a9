"""What would open a service to another project, cut it off, or delete what it runs on."""

from __future__ import annotations

from collections.abc import Iterator

from tests.infra.cleanup_policies import Version, deleted
from tests.infra.terraform_plans import Plan

# Images of the function: those of a month, and the last ones however old, because it starts from its newest.
_HISTORY = [Version(f"{age} days", age) for age in (1, 3, 10, 20, 29)]
_OLD = [Version(f"{age} days", age) for age in (100, 200, 300)]
_KEPT = {version.digest for version in (*_HISTORY, *_OLD)}


def in_services(plan: Plan) -> Iterator[str]:
    """Names every fault of endpoint, peering, buckets and the function's images."""
    yield from _endpoint(plan)
    yield from _peering(plan)
    for address, bucket in plan.of_type("google_storage_bucket").items():
        if bucket.get("requester_pays"):
            yield f"{address}: refuses who names no project that pays, as every service here"
    for address, repository in plan.of_type("google_artifact_registry_repository.function").items():
        gone = (deleted(repository["cleanup_policies"], history) for history in (_HISTORY, _OLD))
        for digest in _KEPT & set().union(*gone):
            yield f"{address}: deletes an image of {digest}"


def _endpoint(plan: Plan) -> Iterator[str]:
    """A private endpoint is reached from this project, and a public one asks for a log-in of it."""
    project = plan.outputs["configuration"]["cloud"]["project"]
    wanted = [{"enable_private_service_connect": True, "project_allowlist": [project]}]
    for address, endpoint in plan.of_type("google_vertex_ai_endpoint").items():
        said = [
            {key: value for key, value in private.items() if value}
            for private in endpoint.get("private_service_connect_config") or ()
        ]
        if said not in ([], wanted):
            yield f"{address}: is reached by {said}; expected {wanted}"


def _peering(plan: Plan) -> Iterator[str]:
    """Vertex AI takes addresses of the ranges that are reserved for it."""
    ranges = sorted(each["name"] for each in plan.of_type("google_compute_global_address").values())
    for address, peering in plan.of_type("google_service_networking_connection").items():
        if not ranges or sorted(peering.get("reserved_peering_ranges") or ()) != ranges:
            yield f"{address}: takes addresses of {peering.get('reserved_peering_ranges')}; expected {ranges}"
