"""Clean-up after runs that died: executions that never ended, folders that were never finished."""

from __future__ import annotations

import shutil
from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from components.spans import store as span_store
from pipeline.launch.paths import SPAN_STORE
from pipeline.lineage.mlmd import RUN_CONTEXT, STATE
from pipeline.lineage.runs import INTERRUPTED, RUNNING
from pipeline.runners.workspace import Workspace

_UNFINISHED = (mlmd.Execution.NEW, mlmd.Execution.RUNNING)


def sweep(connection: mlmd.ConnectionConfig, workspace: Workspace) -> list[int]:
    """Marks unfinished executions as canceled and their runs as interrupted, and removes partial outputs.

    Call it only while holding the workspace's lock: then nothing that is unfinished is still running.

    Returns:
      Ids of the executions that were canceled.
    """
    store = metadata_store.MetadataStore(connection)
    dead = [e for e in store.get_executions() if e.last_known_state in _UNFINISHED]
    for execution in dead:
        execution.last_known_state = mlmd.Execution.CANCELED
        _remove_outputs(workspace.artifacts, execution.id)
    if dead:
        store.put_executions(dead)
    for staged in workspace.root.glob("models/.push-*"):
        shutil.rmtree(staged)
    _mark_runs(store)
    return [execution.id for execution in dead]


def sweep_spans(workspace: Workspace, unused_days: float) -> list[str]:
    """Removes ingested spans that a dead run did not finish, or that no run has used for `unused_days`.

    Call it only while holding the workspace's lock.

    Returns:
      The folders removed.
    """
    return span_store.sweep(str(workspace.artifacts / SPAN_STORE), unused_days)


def _remove_outputs(pipeline_root: Path, execution_id: int) -> None:
    """Removes what an execution wrote.

    TFX has outputs in `<node>/<key>/<execution>` and scratch space in `<node>/.system/*/<execution>`.
    """
    for pattern in (f"*/*/{execution_id}", f"*/.system/*/{execution_id}"):
        for folder in pipeline_root.glob(pattern):
            shutil.rmtree(folder)


def _mark_runs(store: metadata_store.MetadataStore) -> None:
    if RUN_CONTEXT not in {kind.name for kind in store.get_context_types()}:
        return
    for context in store.get_contexts_by_type(RUN_CONTEXT):
        if context.custom_properties[STATE].string_value == RUNNING:
            context.custom_properties[STATE].string_value = INTERRUPTED
            store.put_contexts([context])
