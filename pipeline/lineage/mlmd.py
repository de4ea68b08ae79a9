"""The store of runs in ML Metadata, as TFX writes them."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2 as mlmd

from pipeline.errors import UserError
from pipeline.launch.record import from_parameters
from pipeline.lineage import moved
from pipeline.lineage.runs import Artifact, Run, Stage, run_with_id
from pipeline.lineage.store_faults import explained

RUN_CONTEXT, NODE_CONTEXT, REGISTRY_CONTEXT = "pipeline_run", "node", "evergreen_registry"
STATE, ERROR = "evergreen_state", "evergreen_error"
EVENTS = "events"  # what was decided of registered models: the one property of the one context of its type


def sqlite_config(path: Path) -> mlmd.ConnectionConfig:
    """Returns the connection to a SQLite file, which is created if it does not exist."""
    config = mlmd.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = mlmd.SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return config


def open_store(path: Path) -> MlmdStore | None:
    """Returns the store in a workspace's SQLite file; None if no run has been recorded yet.

    Raises:
      UserError: the file cannot be used; why, and the way out.
    """
    return create_store(path) if path.is_file() else None


def create_store(path: Path) -> MlmdStore:
    """Returns the store in a workspace's SQLite file, which is made if it does not exist.

    Raises:
      UserError: the file cannot be used; why, and the way out.
    """
    with _quietly(path):
        return MlmdStore(metadata_store.MetadataStore(sqlite_config(path)), path)


def read_run(path: Path, run_id: str) -> Run:
    """Returns a run that has just ended, from a workspace's SQLite file.

    Raises:
      UserError: the run left no record.
    """
    store = open_store(path)
    run = run_with_id(store.runs(), run_id) if store else None
    if run is None:
        raise UserError(f"run {run_id} left no record in {path}; see its log")
    return run


@contextlib.contextmanager
def _quietly(path: Path) -> Iterator[None]:
    """Turns the store's errors into one line, and drops its warnings: they print whole SQL statements."""
    logger = logging.getLogger("absl")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with explained(path, opening=True):
            yield
    finally:
        logger.setLevel(before)


class MlmdStore:
    """Runs in ML Metadata; a context of type `pipeline_run` holds a run's launch and how it ended."""

    def __init__(self, store: metadata_store.MetadataStore, path: Path):
        self._store = store
        self._path = path
        self._root = path.parent

    def runs(self) -> list[Run]:
        """Returns all runs, oldest first.

        Raises:
          UserError: the file cannot be used; why, and the way out.
        """
        with _quietly(self._path):
            return self._runs()

    def _runs(self) -> list[Run]:
        if RUN_CONTEXT not in {kind.name for kind in self._store.get_context_types()}:
            return []
        contexts = self._store.get_contexts_by_type(RUN_CONTEXT)
        nodes = self._nodes()
        return [self._run(context, nodes) for context in sorted(contexts, key=lambda c: c.id)]

    def highest_execution(self) -> int:
        """Returns the number of the newest execution; 0 before the first.

        Raises:
          UserError: the file cannot be used; why, and the way out.
        """
        newest = metadata_store.ListOptions(limit=1, order_by=metadata_store.OrderByField.ID, is_asc=False)
        with _quietly(self._path):
            return max((each.id for each in self._store.get_executions(list_options=newest)), default=0)

    def write_property(self, artifact: int, name: str, text: str) -> None:
        """Adds a property to an artifact; call it only while holding the workspace's lock.

        Raises:
          UserError: the file cannot be used; why, and the way out.
        """
        with _quietly(self._path):
            (found,) = self._store.get_artifacts_by_id([artifact])
            found.custom_properties[name].string_value = text
            self._store.put_artifacts([found])

    def events(self) -> str | None:
        """Returns the text that `write_events` wrote; None if it never did.

        Raises:
          UserError: the file cannot be used; why, and the way out.
        """
        with _quietly(self._path):
            context = self._registry()
            return context.custom_properties[EVENTS].string_value if context else None

    def write_events(self, text: str) -> None:
        """Replaces the text of all events in one step; call it only while holding the workspace's lock.

        Raises:
          UserError: the file cannot be used; why, and the way out.
        """
        with _quietly(self._path):
            context = self._registry()
            if context is None:
                kind = self._store.put_context_type(mlmd.ContextType(name=REGISTRY_CONTEXT))
                context = mlmd.Context(type_id=kind, name=EVENTS)
            context.custom_properties[EVENTS].string_value = text
            self._store.put_contexts([context])

    def _registry(self) -> mlmd.Context | None:
        return self._store.get_context_by_type_and_name(REGISTRY_CONTEXT, EVENTS)

    def rewrite_addresses(self) -> None:
        """Writes the present addresses if the workspace was moved; call it only while holding its lock."""
        with _quietly(self._path):
            moved.rewrite_addresses(self._store, self._root)

    def _nodes(self) -> dict[int, str]:
        """Returns the id of each execution's node; TFX names a node's context `<pipeline>.<node>`."""
        return {
            execution.id: context.name.rsplit(".", 1)[-1]
            for context in self._store.get_contexts_by_type(NODE_CONTEXT)
            for execution in self._store.get_executions_by_context(context.id)
        }

    def _run(self, context: mlmd.Context, nodes: Mapping[int, str]) -> Run:
        recorded = _properties(context)
        executions = sorted(self._store.get_executions_by_context(context.id), key=lambda e: e.id)
        return Run(
            id=context.name,
            state=recorded.get(STATE, ""),
            error=recorded.get(ERROR, ""),
            started=_time(context.create_time_since_epoch),
            launch=from_parameters(recorded),
            stages=self._stages(executions, nodes),
        )

    def _stages(self, executions: list[mlmd.Execution], nodes: Mapping[int, str]) -> tuple[Stage, ...]:
        if not executions:
            return ()
        events = self._store.get_events_by_execution_ids([e.id for e in executions])
        artifacts = self._artifacts({event.artifact_id for event in events})
        by_execution: dict[int, list[mlmd.Event]] = defaultdict(list)
        for event in events:
            by_execution[event.execution_id].append(event)
        return tuple(_stage(nodes[e.id], e, by_execution[e.id], artifacts) for e in executions)

    def _artifacts(self, ids: Iterable[int]) -> dict[int, Artifact]:
        return {each.id: self._artifact(each) for each in self._store.get_artifacts_by_id(list(ids))}

    def _artifact(self, recorded: mlmd.Artifact) -> Artifact:
        return Artifact(
            id=recorded.id,
            type=recorded.type,
            uri=moved.address_now(recorded.uri, self._root),
            created=_time(recorded.create_time_since_epoch),
            properties=moved.properties_now(recorded.uri, _properties(recorded), self._root),
        )


def _stage(
    name: str, execution: mlmd.Execution, events: list[mlmd.Event], artifacts: Mapping[int, Artifact]
) -> Stage:
    sides: dict[int, dict[str, list[Artifact]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        sides[event.type][event.path.steps[0].key].append(artifacts[event.artifact_id])
    frozen = {side: {key: tuple(each) for key, each in keyed.items()} for side, keyed in sides.items()}
    milliseconds = execution.last_update_time_since_epoch - execution.create_time_since_epoch
    return Stage(
        id=execution.id,
        name=name,
        state=mlmd.Execution.State.Name(execution.last_known_state).lower(),
        seconds=milliseconds / 1000,
        inputs=frozen.get(mlmd.Event.INPUT, {}),
        outputs=frozen.get(mlmd.Event.OUTPUT, {}),
    )


def _properties(recorded: mlmd.Artifact | mlmd.Context) -> dict[str, Any]:
    both = {**recorded.properties, **recorded.custom_properties}
    return {
        key: getattr(value, value.WhichOneof("value"))
        for key, value in both.items()
        if value.WhichOneof("value")
    }


def _time(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, tz=dt.timezone.utc)
