"""The endpoint of a deployment: what is deployed to it, and how its traffic is shared, follows the record.

Needs Google's client and no TFX, so that whatever moves traffic can use it. `settings` is what deployment.py
writes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Mapping

from google.api_core import exceptions
from google.cloud import aiplatform_v1 as api
from google.protobuf.field_mask_pb2 import FieldMask

from pipeline.config.cloud import CloudConfig
from pipeline.errors import ConfigError, UserError
from pipeline.lineage.events import ModelVersion, Move
from pipeline.lineage.models import Models
from pipeline.runners.vertex.api import api_errors, connect
from pipeline.runners.vertex.deployment import Settings, region_of
from pipeline.runners.vertex.model_versions import resource_of, same
from pipeline.runners.vertex.traffic_rule import kept, shares_of, split_of

LONGEST_DEPLOYMENT_S, LONGEST_REMOVAL_S = 3600, 1800
_ATTEMPTS, _LONGEST_PAUSE_S = 30, 1.0
# Somebody else changed the endpoint meanwhile: an etag of old, traffic on what was idle, what is gone.
_CHANGED = (exceptions.Conflict, exceptions.BadRequest, exceptions.NotFound)


class Endpoint:
    """The endpoint that a configuration names. It serves what the record says, and nothing else by us.

        on record ──► deployed, no traffic ──► traffic ──► no traffic, kept to go back to ──► taken down

    Traffic moves by one request, which names the state that it was decided on, so of two writers the one
    with the older record gives way. What somebody else deployed gets no traffic beside ours and stays.
    """

    def __init__(self, settings: Settings):
        self._settings, place = settings, region_of(settings)
        self._endpoints = connect(api.EndpointServiceClient, place.region, place.api_endpoint)

    def ready(self, version: ModelVersion) -> bool:
        """Deploys a registered version without traffic, unless it is deployed; returns whether it did.

        Raises:
          ConfigError: as `find`.
          UserError: the API refuses or does not answer.
        """
        with api_errors(f"deploying {version.address}"):
            endpoint = self._now()
            if _copies(endpoint, version, self._settings):
                return False
            self._endpoints.deploy_model(
                endpoint=endpoint.name,
                deployed_model=deployed_model(self._settings, resource_of(version, self._settings)),
            ).result(timeout=LONGEST_DEPLOYMENT_S)
        return True

    def follow(self, read: Callable[[], Models]) -> Models:
        """Makes the endpoint serve what the record says; repeating it completes it.

        Before the first decision it touches nothing.

        Args:
          read: returns the newest record.

        Returns:
          The models of the record that it serves now.

        Raises:
          ConfigError: as `find`.
          UserError: the API refuses or does not answer, or others change the endpoint all the time.
        """
        for attempt in range(_ATTEMPTS):
            with api_errors(f"asking for the endpoint {self._settings['name']!r}"):
                endpoint = self._now()  # before the record: then a change since shows by the etag
            models = read()
            if not _decided(models):
                return models
            for version in shares_of(models):
                self.ready(version)
            if self._serves(endpoint, models) and read().events == models.events:
                return models
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE_S, 0.02 * 2**attempt)))
        raise UserError(
            f"the endpoint {self._settings['name']!r} was changed by others {_ATTEMPTS} times in a row; what "
            "was decided is on record: start again"
        )

    def behind(self, models: Models) -> list[ModelVersion] | None:
        """Returns which registered versions answer, where the record says others; None where it says these.

        Before the first decision it says nothing.

        Raises:
          ConfigError: as `find`.
          UserError: the API refuses or does not answer.
        """
        with api_errors(f"asking for the endpoint {self._settings['name']!r}"):
            endpoint = self._now()
        answering = [
            each
            for each in models.versions
            if any(endpoint.traffic_split.get(copy) for copy in _copies(endpoint, each, self._settings))
        ]
        same_ones = {*answering} == {*shares_of(models)} or not _decided(models)
        return None if same_ones else answering

    def deployed(self, versions: Iterable[ModelVersion]) -> tuple[str, dict[ModelVersion, list[str]]]:
        """Returns the endpoint's id, and the ids under which each of some versions is deployed to it.

        Raises:
          ConfigError: as `find`.
          UserError: the API refuses or does not answer.
        """
        with api_errors(f"asking for the endpoint {self._settings['name']!r}"):
            endpoint = self._now()
        copies = {each: _copies(endpoint, each, self._settings) for each in versions}
        return endpoint.name.rpartition("/")[2], copies

    def _now(self) -> api.Endpoint:
        name = find(self._endpoints, self._settings["parent"], self._settings["name"]).name
        return self._endpoints.get_endpoint(name=name)

    def _serves(self, endpoint: api.Endpoint, models: Models) -> bool:
        """Moves traffic, then takes down what is not needed; returns whether nobody else came between."""
        copies = {each: _copies(endpoint, each, self._settings) for each in models.versions}
        shares = shares_of(models)
        if not all(copies[each] for each in shares):
            return False  # deployed a moment ago
        split = split_of({copies[each][0]: share for each, share in shares.items()})
        with api_errors("moving the endpoint's traffic"):
            try:
                if split != _with_traffic(endpoint):
                    self._move(endpoint, split)
                needed = {copies[each][0] for each in kept(models) if copies[each]}
                for copy in (each for ids in copies.values() for each in ids if each not in needed):
                    self._endpoints.undeploy_model(endpoint=endpoint.name, deployed_model_id=copy).result(
                        timeout=LONGEST_REMOVAL_S
                    )
            except _CHANGED:
                return False
        return True

    def _move(self, endpoint: api.Endpoint, split: Mapping[str, int]) -> None:
        changed = api.Endpoint(name=endpoint.name, traffic_split=split, etag=endpoint.etag)
        self._endpoints.update_endpoint(endpoint=changed, update_mask=FieldMask(paths=["traffic_split"]))


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


def deployed_model(settings: Settings, resource: str) -> api.DeployedModel:
    """Returns what is deployed, and on which machines.

    Args:
      settings: of the deployment.
      resource: of the version, `projects/…/models/<id>@<version>`.
    """
    machine = api.MachineSpec(machine_type=settings["machine"])
    if settings["accelerator"]:
        machine.accelerator_type = api.AcceleratorType[settings["accelerator"]]
        machine.accelerator_count = settings["accelerators"]
    return api.DeployedModel(
        model=resource,
        display_name=f"{settings['model_name']}-{resource.rpartition('@')[2]}",
        service_account=settings["service_account"],
        dedicated_resources=api.DedicatedResources(
            machine_spec=machine,
            min_replica_count=settings["min_replicas"],
            max_replica_count=settings["max_replicas"],
        ),
    )


def _decided(models: Models) -> bool:
    return any(isinstance(event, Move) for event in models.events)


def _copies(endpoint: api.Endpoint, version: ModelVersion, settings: Settings) -> list[str]:
    """Returns the ids under which a version is deployed, one with traffic first; two who deploy make two."""
    name = resource_of(version, settings)
    found = [each.id for each in endpoint.deployed_models if same(name, each.model, each.model_version_id)]
    return sorted(found, key=lambda each: (-endpoint.traffic_split.get(each, 0), each))


def _with_traffic(endpoint: api.Endpoint) -> dict[str, int]:
    return {each: share for each, share in endpoint.traffic_split.items() if share}
