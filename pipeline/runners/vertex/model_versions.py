"""Versions of a model in Vertex AI's Model Registry: uploaded, and called as the record calls them.

Needs Google's client and no TFX. `settings` is what deployment.py writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.api_core import exceptions
from google.cloud import aiplatform_v1 as api

from pipeline.lineage.events import ModelVersion
from pipeline.lineage.models import CHAMPION, PREVIOUS, Models
from pipeline.runners.vertex.api import api_errors, connect
from pipeline.runners.vertex.deployment import Settings, is_self_deployed, region_of

LONGEST_UPLOAD_S = 1800
_ATTEMPTS = 5


class ModelVersions:
    """The entry of a deployment's model in the Model Registry."""

    def __init__(self, settings: Settings):
        self._settings, place = settings, region_of(settings)
        self._models = connect(api.ModelServiceClient, place.region, place.api_endpoint)

    def upload(self, artifact_uri: str) -> tuple[str, str]:
        """Makes a model a version of the entry, and deploys nothing; completes an upload that died.

        Returns:
          The version's resource name, `projects/…/models/<id>@<version>`, and its number.

        Raises:
          UserError: the API refuses or does not answer.
        """
        with api_errors(f"uploading {artifact_uri} to the Model Registry"):
            model, version = self._version_of(artifact_uri) or self._upload(artifact_uri)
        return f"{model}@{version}", version

    def call(self, models: Models) -> None:
        """Gives versions the names that the record gives them; repeating it repairs.

        `champion`, and what `version_aliases` of the configuration adds to it, is the version that is live,
        `previous` the one before. An alias is one version's of an entry, so giving it takes it from another.

        Raises:
          UserError: the API refuses or does not answer.
        """
        wanted = {CHAMPION: models.live, PREVIOUS: models.alias(PREVIOUS)}
        wanted |= dict.fromkeys(self._settings["version_aliases"], models.live)
        names = {alias: resource_of(each, self._settings) if each else "" for alias, each in wanted.items()}
        with api_errors("naming versions in the Model Registry"):
            for entry in dict.fromkeys(entry_of(each, self._settings) for each in models.versions):
                for attempt in range(_ATTEMPTS):
                    try:
                        self._call(entry, names)
                        break
                    except (exceptions.BadRequest, exceptions.Conflict):  # somebody else named them meanwhile
                        if attempt == _ATTEMPTS - 1:
                            raise

    def _call(self, entry: str, names: Mapping[str, str]) -> None:
        """Names the versions of one entry; one that somebody deleted there is passed over."""
        try:
            there = {each.version_id: each for each in self._models.list_model_versions(name=entry)}
        except exceptions.NotFound:
            return
        for number, version in there.items():
            mine = {alias for alias, name in names.items() if same(name, entry, number)}
            has = set(version.version_aliases)
            lost = {each for each in has & names.keys() - mine if not _moves(names[each], entry, there)}
            changed = [*sorted(mine - has), *(f"-{each}" for each in sorted(lost))]
            if changed:
                self._models.merge_version_aliases(name=f"{entry}@{number}", version_aliases=changed)

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


def upload_request(settings: Settings, artifact_uri: str, parent: str | None) -> api.UploadModelRequest:
    """Returns the request that makes a model a version; without a parent it creates the entry.

    It gives no alias: what a version is called follows from the record, which does not know it yet.
    """
    model = api.Model(
        display_name=settings["model_name"],
        artifact_uri=artifact_uri,
        container_spec=api.ModelContainerSpec(image_uri=settings["server_image"]),
        labels=settings["labels"],
        **_encryption(settings),
    )
    place = {"parent_model": parent} if parent else {"model_id": settings["model_id"]}
    return api.UploadModelRequest(
        parent=settings["parent"], model=model, service_account=settings["service_account"], **place
    )


def resource_of(version: ModelVersion, settings: Settings) -> str:
    """Returns the resource name of a registered version.

    A release of an earlier version of this template has recorded its endpoint instead; its number is the
    version in the entry that the configuration names.
    """
    if is_self_deployed(version.facts):
        return f"{settings['parent']}/models/{settings['model_id']}@{version.number}"
    return version.facts["pushed_destination"]


def entry_of(version: ModelVersion, settings: Settings) -> str:
    """Returns the resource name of the entry that a registered version belongs to."""
    return resource_of(version, settings).partition("@")[0]


def same(name: str, model: str, version_id: str) -> bool:
    """Returns whether a version's resource name is that of a model and a version id.

    Google answers with the project's number where it was asked with the project's id, so only the entry's
    own id is compared: an endpoint serves models of its own project and region.
    """
    return _short(name) == f"{_short(model).partition('@')[0]}@{version_id}"


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _moves(name: str, entry: str, there: Mapping[str, Any]) -> bool:
    """Returns whether a version of this entry takes an alias, which no other one has then."""
    return any(same(name, entry, number) for number in there)


def _encryption(settings: Settings) -> dict[str, api.EncryptionSpec]:
    key = settings["kms_key"]
    return {"encryption_spec": api.EncryptionSpec(kms_key_name=key)} if key else {}
