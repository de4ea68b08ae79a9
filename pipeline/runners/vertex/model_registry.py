"""The states of models on Vertex AI: one object of the bucket is the record, and the cloud follows it.

    ┌ gs://<bucket>/registry/<name>.json ┐   read, then   ┌ endpoint: traffic, what is deployed ┐
    │ versions and decisions, in order   │ ─────────────► │ Model Registry: aliases             │
    └ replaced by compare and swap       ┘   made so      └─────────────────────────────────────┘

The Model Registry can hold neither order nor reasons: a label has 63 characters and an alias no history. So
it says by aliases what the object says, and can be made to say so again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence

from pipeline.config.config import Config
from pipeline.errors import ConfigError, UserError
from pipeline.lineage.bucket_registry import BucketRegistry, StoredObject
from pipeline.lineage.events import Event, ModelVersion, Registration
from pipeline.lineage.models import Models, from_runs, in_order, key_of, versions_of
from pipeline.lineage.registry import NOTHING
from pipeline.lineage.runs import Run, Store
from pipeline.lineage.state_machine import RefusedMoveError
from pipeline.runners.vertex.bucket import Buckets
from pipeline.runners.vertex.deployment import Settings, is_self_deployed, record_of, region_of
from pipeline.runners.vertex.endpoint import Endpoint
from pipeline.runners.vertex.lineage import VertexStore
from pipeline.runners.vertex.model_versions import ModelVersions


class VertexRegistry:
    """Versions and what was decided of them, in one object; endpoint and aliases follow each append.

    Where there is no object yet, the jobs tell the story: those of an earlier version of this template
    deployed their model before they recorded it. The first append writes that down.
    """

    def __init__(self, stored: StoredObject, jobs: Store, settings: Settings):
        """Makes a registry; asks for nothing.

        Args:
          stored: the object.
          jobs: those of the pipeline, which are read only where there is no object.
          settings: of the deployment.
        """
        self._jobs = jobs
        self._record = BucketRegistry(stored, lambda: story_of(jobs.runs()))
        self._endpoint = Endpoint(settings)
        self._versions = ModelVersions(settings)

    @property
    def endpoint(self) -> Endpoint:
        """What serves."""
        return self._endpoint

    def read(self) -> Models:
        """As `Registry.read`."""
        return self._record.read()

    def append(self, *events: Event, meant: Mapping[str, ModelVersion] = NOTHING) -> Models:
        """As `Registry.append`; then makes the cloud follow, as `follow` does.

        Raises:
          UserError: also where the events are on record and the cloud could not be made to follow.
        """
        self._record.append(*events, meant=meant)
        return self.follow()

    def follow(self) -> Models:
        """Makes the endpoint serve, and the Model Registry say, what is on record; repeating it completes it.

        Returns:
          The models that serve so.

        Raises:
          UserError: the API refuses or does not answer; what serves now is on record too.
        """
        try:
            while True:
                models = self._endpoint.follow(self.read)
                self._versions.call(models)
                if self.read().events == models.events:
                    return models
        except UserError as error:
            error.args = (
                f"{error}; what was decided is on record, so do not decide it again: put that right, and "
                "`evergreen models settle --from vertex` completes it",
            )
            raise

    def register(self, version: ModelVersion) -> Models:
        """Makes a version known, unless its release is; nothing follows from that.

        Raises:
          RefusedMoveError: its number is another version's.
        """
        models = self.read()
        if any(key_of(each) == key_of(version) for each in models.versions):
            return models
        try:
            return self._record.append(registration(version))
        except RefusedMoveError:
            models = self.read()  # somebody was faster with the same release
            if any(key_of(each) == key_of(version) for each in models.versions):
                return models
            raise

    def register_releases(self) -> Models:
        """Makes known what jobs released and nobody registered, as where one died before its last step.

        Raises:
          RefusedMoveError: a number is another version's.
        """
        models = self.read()
        known = {key_of(each) for each in models.versions}
        for version in versions_of(self._jobs.runs()):
            models = models if key_of(version) in known else self.register(version)
        return models


def open_registry(settings: Settings) -> VertexRegistry:
    """Returns the registry of a deployment, as deployment.py describes it; asks for nothing yet."""
    place = region_of(settings)
    stored = Buckets(place).object(settings["record"])
    return VertexRegistry(stored, VertexStore(settings["pipeline"], place), settings)


def models_of(config: Config, runs: Sequence[Run]) -> Models:
    """Returns the models of a configuration's pipeline, with all that its jobs recorded; changes nothing.

    Args:
      config: with a section `cloud`.
      runs: of its jobs, oldest first.

    Raises:
      UserError: the record cannot be read.
    """
    cloud = config.require_cloud()
    stored = Buckets(cloud).object(record_of(config, cloud))
    return with_releases(BucketRegistry(stored, lambda: story_of(runs)).read(), runs)


def refuse_other_entry(models: Models, config: Config) -> None:
    """Refuses to go on in another entry of the Model Registry, which counts versions from 1 again.

    Args:
      models: of the deployment.
      config: with a section `cloud`.

    Raises:
      ConfigError: the model registered last is a version of another entry.
    """
    wanted = config.require_cloud().endpoint.model_id
    pushed = [
        each.facts["pushed_destination"] for each in models.versions if not is_self_deployed(each.facts)
    ]
    entry = pushed[-1].rpartition("/")[2].partition("@")[0] if pushed else wanted
    if entry != wanted:
        raise ConfigError(
            f"cloud.endpoint.model_id is {wanted!r}, and {config.name} has registered versions of {entry!r}: "
            f"their numbers would be given twice; set it to {entry!r}, or give a new deployment another name"
        )


def registration(version: ModelVersion) -> Registration:
    """Returns the event that makes a version known; its id is the same whoever makes it."""
    key = hashlib.sha256("\n".join(key_of(version)).encode()).hexdigest()[:32]
    return Registration(f"registration-{key}", version)


def released(facts: Mapping[str, str], run_id: str, at: dt.datetime) -> ModelVersion:
    """Returns the version that a release's record is about.

    Args:
      facts: its properties, as texts.
      run_id: the job that recorded it first.
      at: when it is registered, with time zone.

    Raises:
      KeyError: it is no record of a release.
    """
    version = facts["version"]
    number = version.rpartition(".")[2]
    return ModelVersion(
        version, int(number) if number.isdecimal() else 0, facts["model_name"], run_id, at, facts
    )


def story_of(runs: Iterable[Run]) -> tuple[Event, ...]:
    """Returns what jobs tell where nothing is on record, as the events that a record begins with.

    Every release is a version. One that its job deployed by itself, as an earlier template did, served from
    then on; the others are candidates.

    Args:
      runs: oldest first.
    """
    runs = list(runs)
    models = Models(versions_of(runs))
    old = from_runs([each for each in runs if each.release and is_self_deployed(each.release.properties)])
    by_key = {key_of(each): each for each in models.versions}
    moves = (
        dataclasses.replace(each, version=models.name_of(by_key[key_of(old.find(each.version))]))
        for each in old.events
    )
    return (*(registration(each) for each in models.versions), *moves)


def with_releases(models: Models, runs: Iterable[Run]) -> Models:
    """Returns models with all that jobs recorded: facts as they are now, and releases that nobody registered.

    A job that died between Release and Settle leaves such a one. It is a candidate.

    Args:
      models: on record.
      runs: oldest first.
    """
    released_by_key = {key_of(each): each for each in versions_of(runs)}
    known = tuple(
        dataclasses.replace(each, facts=released_by_key.pop(key_of(each), each).facts)
        for each in models.versions
    )
    return dataclasses.replace(models, versions=in_order((*known, *released_by_key.values())))
