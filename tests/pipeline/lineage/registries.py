"""Registries for tests, each in a store of its own that other processes reach by a few words.

    python -m tests.pipeline.lineage.registries KIND PLACE NAME COUNT

appends COUNT notes on 1.0.1, one after the other, with ids that begin with NAME.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.lineage.bucket_registry import BucketRegistry
from pipeline.lineage.events import ModelVersion, Registration
from tests.pipeline.lineage.told_models import note

if TYPE_CHECKING:
    from pipeline.lineage.registry import Registry
    from pipeline.lineage.runs import Run

NAMES = ("mlmd", "bucket", "vertex")
OBJECT = "gs://evergreen/root/registry/flights.json"


def open_registry(kind: str, place: str) -> Registry:
    """A registry, as a process that has just started opens it.

    Args:
      kind: mlmd, bucket or vertex.
      place: root of the workspace, or address of the server.
    """
    if kind == "mlmd":
        from pipeline.lineage.mlmd_registry import MlmdRegistry
        from pipeline.runners.workspace import Workspace

        return MlmdRegistry(Workspace(Path(place)))
    if kind == "vertex":
        return open_vertex(place)
    return BucketRegistry(stored(place))


def stored(place: str) -> Any:
    """The object of a registry, on a server."""
    from google.auth import credentials
    from google.cloud import storage

    from pipeline.runners.vertex.bucket import StoredObject
    from pipeline.spans.bucket import Place

    anonymous = credentials.AnonymousCredentials()
    client = storage.Client("p", credentials=anonymous, client_options={"api_endpoint": place})
    of = Place.of(OBJECT)
    return StoredObject(client.bucket(of.bucket), of.prefix)


def open_vertex(place: str, runs: Sequence[Run] = ()) -> Any:
    """The registry of flights on Vertex AI, on a server, where jobs have left these runs."""
    from pipeline.config import load as configs
    from pipeline.runners.vertex.deployment import settings_of
    from pipeline.runners.vertex.model_registry import VertexRegistry

    class Jobs:
        def runs(self) -> list[Run]:
            return [*runs]

    config = configs.load("prod", {"cloud.api_endpoint": place})
    return VertexRegistry(stored(place), Jobs(), settings_of(config, config.require_cloud()))


def begin(kind: str, place: str) -> None:
    """Makes the store as the first run finds it."""
    if kind == "mlmd":
        from pipeline.lineage.mlmd_registry import MlmdRegistry
        from pipeline.runners.workspace import Workspace

        workspace = Workspace(Path(place))
        workspace.prepare()
        with workspace.lock():
            MlmdRegistry(workspace, holds_lock=True).book()


def register(kind: str, place: str, version: ModelVersion) -> None:
    """Makes a version known, in the way of the store: by a release on record, or by an event."""
    if kind == "mlmd":
        record_release(Path(place), version)
    elif kind == "vertex":
        upload_and_register(open_vertex(place), version)
    else:
        open_registry(kind, place).append(Registration(f"registration-{version.number}", version))


def upload_and_register(registry: Any, version: ModelVersion) -> ModelVersion:
    """Does what Pusher and Release of a job do, and what Settle begins with."""
    pushed, number = registry._versions.upload(f"gs://evergreen/model-{version.number}")
    assert int(number) == version.number
    facts = {
        "model_name": version.model_name,
        "version": version.version,
        "pushed_destination": pushed,
        "model_uri": f"gs://evergreen/trained/{number}",
        **version.facts,
    }
    told = replace(version, facts=facts)
    registry.register(told)
    return told


def record_release(root: Path, version: ModelVersion) -> None:
    """Records a run that released a version, as TFX would."""
    from ml_metadata.metadata_store import metadata_store
    from ml_metadata.proto import metadata_store_pb2 as mlmd

    from pipeline.lineage.mlmd import sqlite_config

    store = metadata_store.MetadataStore(sqlite_config(root / "metadata.sqlite"))
    types = {name: store.put_context_type(mlmd.ContextType(name=name)) for name in ("pipeline_run", "node")}
    pushed = store.put_artifact_type(mlmd.ArtifactType(name="PushedModel"))
    ran = store.put_execution_type(mlmd.ExecutionType(name="Release"))
    uri = f"{root}/artifacts/Release/release/{version.number}"
    record = mlmd.Artifact(type_id=pushed, uri=uri)
    facts = {
        "gate": "release",
        "reason": "all 3 checks passed",
        "model_name": version.model_name,
        "version": version.version,
        "model_uri": f"{root}/artifacts/Trainer/model/{version.number}",
        "pushed_destination": f"{root}/models/{version.model_name}/{version.number}",
        "window": '{"train_first": "2013-01-01", "train_last": "2013-03-17"}',
        **version.facts,
    }
    for key, value in facts.items():
        record.custom_properties[key].string_value = value
    record.custom_properties["blessed"].int_value = 1
    event = mlmd.Event(type=mlmd.Event.OUTPUT)
    event.path.steps.add().key = "release"
    event.path.steps.add().index = 0
    contexts = [mlmd.Context(type_id=types["pipeline_run"], name=version.run_id)]
    node = store.get_context_by_type_and_name("node", "flights.Release")
    contexts.append(node or mlmd.Context(type_id=types["node"], name="flights.Release"))
    execution = mlmd.Execution(type_id=ran, last_known_state=mlmd.Execution.COMPLETE)
    store.put_execution(execution, [(record, event)], contexts)


def main(kind: str, place: str, name: str, count: str) -> None:
    registry = open_registry(kind, place)
    for number in range(int(count)):
        registry.append(replace(note("1.0.1", name, number), id=f"{name}-{number}"))


if __name__ == "__main__":
    main(*sys.argv[1:])
