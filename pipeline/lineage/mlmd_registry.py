"""The states of models in ML Metadata on this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.errors import UserError
from pipeline.lineage import old_evidence, serve_file
from pipeline.lineage.events import Event, ModelVersion, Move, Note, Registration
from pipeline.lineage.events_json import as_json, from_json
from pipeline.lineage.mlmd import create_store, open_store
from pipeline.lineage.models import Models, from_runs, versions_of
from pipeline.lineage.pending_events import PendingEvents
from pipeline.lineage.registry import NOTHING, after
from pipeline.lineage.state_machine import RefusedMoveError
from pipeline.runners.workspace import Workspace


class MlmdRegistry:
    """Versions are the releases of recorded runs; what was decided of them is a document beside them.

    SQLite has one writer, the holder of the workspace's lock, and that may be a run of hours. So an event is
    first a file below `<root>/events`, written under a lock that is held for a moment, and it counts from
    then on. Whoever holds the workspace's lock books such files: puts their events into the document, then
    removes them. Killed between the two, it finds them in the document the next time, by their ids.

    Where there is no document, each release served as soon as it was recorded (an earlier version of this
    template wrote the store). `book` makes one that begins with this story; from then on a release is a
    candidate. So a run calls `book` before its first node.

    Every change is followed by the file beside the versions that says what serves, under the same lock, and
    by the removal of evidence that is old.
    """

    def __init__(self, workspace: Workspace, *, holds_lock: bool = False) -> None:
        """Makes a registry; touches no file.

        Args:
          workspace: of the deployment.
          holds_lock: whether the caller holds the workspace's lock as long as it uses this.
        """
        self._workspace = workspace
        self._holds_lock = holds_lock
        self._pending = PendingEvents(workspace.events)

    def read(self) -> Models:
        """As `Registry.read`; needs no lock."""
        # In this order: what is booked after the files were listed is in the document that is read then.
        pending = list(self._pending.read())
        store = open_store(self._workspace.metadata)
        if store is None:
            self._workspace.check_record()
            return Models()
        text, runs = store.events(), store.runs()
        if text is None and store.events() is not None:
            return self.read()  # the document was made meanwhile, and a release after it is a candidate
        models = from_runs(runs) if text is None else Models(versions_of(runs), self._decided(text))
        for path, events in pending:
            models = self._with_pending(models, path, events)
        return models

    def append(self, *events: Event, meant: Mapping[str, ModelVersion] = NOTHING) -> Models:
        """As `Registry.append`; books at once where the workspace is free."""
        if not self._workspace.metadata.is_file():
            return _after(self.read(), events, meant)[0]
        with self._workspace.registry_lock():
            models, new = _after(self.read(), events, meant)
            if new:
                self._add(new)
            self._publish(models)
        self._book_where_free()
        return models

    def book(self) -> Models:
        """Puts events that wait into ML Metadata; call it only while holding the workspace's lock.

        Makes the store and the document where there are none. Killed at any moment, a repetition completes
        it.

        Returns:
          The models.

        Raises:
          UserError: the store or the files cannot be read or written.
        """
        with self._workspace.registry_lock():
            self._book()
            models = self.read()
            self._publish(models)
        return models

    def publish(self) -> Models:
        """Writes what serves beside the versions, where it differs from the states; returns the models.

        Raises:
          UserError: the store cannot be read, or the file not written.
        """
        models = self.read()
        if serve_file.stale(models, self._workspace):  # else nothing is touched: the root may be read-only
            with self._workspace.registry_lock():
                models = self.read()
                self._publish(models)
        return models

    def _add(self, events: Sequence[Event]) -> None:
        try:
            self._pending.add(events)
        except OSError as error:
            raise UserError(
                f"the decision cannot be written to {self._workspace.events}: {error.strerror or error}; put "
                "that right and start the same command again"
            ) from error

    def _publish(self, models: Models) -> None:
        serve_file.publish(models, self._workspace)
        old_evidence.remove(models, self._workspace)

    def _book_where_free(self) -> None:
        # What cannot be booked now (a run holds the lock, the disk is full) waits: it counts already.
        with contextlib.suppress(UserError, OSError), contextlib.ExitStack() as held:
            if not self._holds_lock:
                if self._workspace.is_busy():
                    return
                held.enter_context(self._workspace.lock())
            with self._workspace.registry_lock():
                self._book()

    def _book(self) -> None:
        store = create_store(self._workspace.metadata)
        text, pending = store.events(), list(self._pending.read())
        if text is None or pending:
            booked = from_runs(store.runs()).events if text is None else self._decided(text)
            known = {event.id for event in booked}
            waiting = (event for _, events in pending for event in events if event.id not in known)
            store.write_events(as_json((*booked, *waiting)))
        self._pending.remove([path for path, _ in pending])

    def _decided(self, text: str) -> tuple[Move | Note, ...]:
        events = from_json(text, str(self._workspace.metadata))
        return tuple(event for event in events if not isinstance(event, Registration))

    @staticmethod
    def _with_pending(models: Models, path: Path, events: Iterable[Event]) -> Models:
        try:
            for event in events:
                models = models.with_event(event)
            return models
        except UserError as error:
            raise UserError(
                f"{path} does not fit what is on record: {error}; remove it, or restore the store that it "
                "was written for"
            ) from error


def _after(
    models: Models, events: Sequence[Event], meant: Mapping[str, ModelVersion]
) -> tuple[Models, list[Event]]:
    """Returns models after events, and those of the events that were new; refuses to register a version."""
    told, new = after(models, events, meant)
    for event in new:
        if isinstance(event, Registration):
            raise RefusedMoveError(
                f"{event.version.address} cannot be registered by itself: on this machine a release does so"
            )
    return told, new
