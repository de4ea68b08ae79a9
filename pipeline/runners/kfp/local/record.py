"""What the local runner writes into ML Metadata, where `runs` and `lineage` read it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd
from tfx.orchestration import metadata
from tfx.orchestration.kubeflow.v2 import compiler_utils
from tfx.orchestration.portable.mlmd import context_lib
from tfx.utils import import_utils

from pipeline.lineage.mlmd import NODE_CONTEXT, RUN_CONTEXT
from pipeline.runners.kfp.local.tasks import Task
from pipeline.runners.kfp.spec import type_title

CACHE_KEY = "cache_key"
_STEP_TYPE = "kfp_local.Step"

Artifact = mlmd.Artifact


class Record:
    """One run's record in an ML Metadata store."""

    def __init__(self, connection: mlmd.ConnectionConfig, pipeline: str, run_id: str):
        self._store = metadata_store.MetadataStore(connection)
        self._pipeline = pipeline
        with metadata.Metadata(connection) as handle:
            self._run = context_lib.register_context_if_not_exists(handle, RUN_CONTEXT, run_id)
        self._handle = connection

    def describe(self, properties: Mapping[str, str]) -> None:
        """Writes properties of the run."""
        for key, text in properties.items():
            self._run.custom_properties[key].string_value = text
        self._store.put_contexts([self._run])

    def start(self, task: Task, inputs: Mapping[str, Sequence[Artifact]], cache_key: str) -> mlmd.Execution:
        """Registers a running execution with its inputs."""
        kind = self._store.put_execution_type(mlmd.ExecutionType(name=_STEP_TYPE), can_add_fields=True)
        execution = mlmd.Execution(type_id=kind, last_known_state=mlmd.Execution.RUNNING)
        execution.custom_properties[CACHE_KEY].string_value = cache_key
        pairs = [(a, _event(mlmd.Event.INPUT, key)) for key, artifacts in inputs.items() for a in artifacts]
        execution.id, _, _ = self._store.put_execution(
            execution, pairs, [self._run, self._node(task.name)], reuse_context_if_already_exist=True
        )
        return execution

    def end(
        self, execution: mlmd.Execution, state: int, outputs: Mapping[str, Sequence[Artifact]]
    ) -> dict[str, tuple[Artifact, ...]]:
        """Ends an execution and records its outputs.

        Returns:
          The outputs with their ids.
        """
        execution.last_known_state = state
        pairs = [(a, _event(mlmd.Event.OUTPUT, key)) for key, artifacts in outputs.items() for a in artifacts]
        _, ids, _ = self._store.put_execution(execution, pairs, [])
        recorded = {a.id: a for a in self._store.get_artifacts_by_id(ids)}
        keys = [key for key, artifacts in outputs.items() for _ in artifacts]
        return {
            key: tuple(recorded[i] for k, i in zip(keys, ids, strict=True) if k == key) for key in outputs
        }

    def equal_outputs(self, task: Task, cache_key: str) -> dict[str, tuple[Artifact, ...]] | None:
        """Returns the newest outputs with the same key; None when there are none on this disk any more."""
        node = self._store.get_context_by_type_and_name(NODE_CONTEXT, f"{self._pipeline}.{task.name}")
        executions = self._store.get_executions_by_context(node.id) if node else []
        for execution in sorted(executions, key=lambda e: -e.id):
            done = execution.last_known_state == mlmd.Execution.COMPLETE
            if done and execution.custom_properties[CACHE_KEY].string_value == cache_key:
                outputs = self._outputs(execution.id)
                if all(os.path.exists(a.uri) for artifacts in outputs.values() for a in artifacts):
                    return outputs
        return None

    def artifact_at(self, uri: str, artifact_type: Mapping[str, Any]) -> Artifact:
        """Returns the artifact at an address: the one there is, or a new one; an importer reuses it."""
        title = type_title(artifact_type)
        for artifact in self._store.get_artifacts_by_uri(uri):
            if artifact.type == title.removeprefix("tfx."):
                return artifact
        return self.artifact(uri, artifact_type, {})

    def artifact(self, uri: str, artifact_type: Mapping[str, Any], values: Mapping[str, Any]) -> Artifact:
        """Returns an artifact that is not recorded yet; values that its type knows become its properties."""
        kind = _class_of(artifact_type)()
        type_id = self._store.put_artifact_type(kind.artifact_type, can_add_fields=True, can_omit_fields=True)
        artifact = mlmd.Artifact(type_id=type_id, type=kind.type_name, uri=uri, state=mlmd.Artifact.LIVE)
        for key, value in values.items():
            known = key in kind.artifact_type.properties
            _set((artifact.properties if known else artifact.custom_properties)[key], value)
        return artifact

    def _outputs(self, execution_id: int) -> dict[str, tuple[Artifact, ...]]:
        events = self._store.get_events_by_execution_ids([execution_id])
        ids = {e.artifact_id: e.path.steps[0].key for e in events if e.type == mlmd.Event.OUTPUT}
        outputs: dict[str, tuple[Artifact, ...]] = {}
        for artifact in self._store.get_artifacts_by_id(list(ids)):
            outputs[ids[artifact.id]] = (*outputs.get(ids[artifact.id], ()), artifact)
        return outputs

    def _node(self, task: str) -> mlmd.Context:
        with metadata.Metadata(self._handle) as handle:
            return context_lib.register_context_if_not_exists(
                handle, NODE_CONTEXT, f"{self._pipeline}.{task}"
            )


def runtime_artifact(artifact: Artifact, artifact_type: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an artifact as a container reads it: numbers are floats, as in every JSON struct."""
    both = {**artifact.properties, **artifact.custom_properties}
    metadata_values = {key: _json(value) for key, value in both.items() if value.WhichOneof("value")}
    name = f"projects/local/locations/local/metadataStores/default/artifacts/{artifact.id}"
    return {"name": name, "uri": artifact.uri, "type": dict(artifact_type), "metadata": metadata_values}


def cache_key(task: Task, parameters: Mapping[str, Any], inputs: Mapping[str, Sequence[Artifact]]) -> str:
    """Returns the SHA-256 of what a cache compares: container, interface, parameters, ids of the inputs."""
    parts = {
        "executor": task.executor,
        "component": task.component,
        "parameters": dict(parameters),
        "inputs": {key: [artifact.id for artifact in artifacts] for key, artifacts in inputs.items()},
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _class_of(artifact_type: Mapping[str, Any]) -> Any:
    title = type_title(artifact_type)
    return import_utils.import_class_by_path(compiler_utils.TITLE_TO_CLASS_PATH.get(title, title))


def _event(kind: int, key: str) -> mlmd.Event:
    event = mlmd.Event(type=kind)
    event.path.steps.add().key = key
    event.path.steps.add().index = 0
    return event


def _set(target: mlmd.Value, value: Any) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, (dict, list)):
        json_format.ParseDict(value if isinstance(value, dict) else {"": value}, target.struct_value)
    elif float(value).is_integer():
        target.int_value = int(value)
    else:
        target.double_value = float(value)


def _json(value: mlmd.Value) -> Any:
    kind = str(value.WhichOneof("value"))
    if kind == "struct_value":
        return json_format.MessageToDict(value.struct_value)
    return float(value.int_value) if kind == "int_value" else getattr(value, kind)
