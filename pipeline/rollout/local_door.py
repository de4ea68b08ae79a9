"""The door to the model servers of this machine: the folder that they serve, and the registry beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import UserError
from pipeline.lineage import serve_file
from pipeline.lineage.events import Event, ModelVersion
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.lineage.models import CHAMPION, Models
from pipeline.lineage.rollouts import Rollout
from pipeline.runners.workspace import Workspace
from serving.rollout import evidence as evidence_files
from serving.rollout.evidence import Evidence, EvidenceError, Labelled

WRITER = "controller"  # its file, beside those of the servers
Stamp = tuple[tuple[str, int, int], ...]


class LocalDoor:
    """As `Door`; the whole record of runs is read again only after something was written to it."""

    def __init__(self, workspace: Workspace) -> None:
        """Makes a door; touches no file."""
        self._workspace = workspace
        self._registry = MlmdRegistry(workspace)
        self._models = Models()
        self._stamp: Stamp | None = None

    def follow(self) -> Models:
        """As `Door.follow`."""
        stamp = self._now()
        if stamp != self._stamp:
            self._models, self._stamp = self._registry.read(), stamp
        if serve_file.stale(self._models, self._workspace):
            self._models = self._registry.publish()
        return self._models

    def evidence(self, rollout: Rollout) -> Evidence:
        """As `Door.evidence`."""
        try:
            return evidence_files.read_all(self._folder(rollout), len(rollout.plan.stages))
        except EvidenceError as error:
            raise UserError(f"{error}; move it away: then what that server saw does not count") from error

    def keep(self, rollout: Rollout, labelled: Iterable[Labelled]) -> None:
        """As `Door.keep`."""
        folder = self._folder(rollout)
        try:
            known = evidence_files.read(folder, WRITER)
            evidence_files.write(folder, WRITER, known + Evidence(labelled=tuple(labelled)))
        except (EvidenceError, OSError) as error:
            raise UserError(f"what labels say cannot be kept in {folder}: {error}") from error

    def decide(self, events: Iterable[Event], champion: ModelVersion) -> Models:
        """As `Door.decide`."""
        self._stamp = None
        return self._registry.append(*events, meant={CHAMPION: champion})

    def _folder(self, rollout: Rollout) -> Path:
        models = self._workspace.served_models(rollout.version.model_name)
        return evidence_files.folder_of(models, rollout.id)

    def _now(self) -> Stamp:
        """Returns what changes whenever something is recorded."""
        files = [self._workspace.metadata, *sorted(self._workspace.events.glob("*.json"))]
        return tuple(_stamp(path) for path in files)


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return str(path), 0, 0
    return str(path), status.st_mtime_ns, status.st_size
