"""Deployments for tests: candidates on record, and servers that saw what a test says."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

from pipeline.config.config import Config
from pipeline.config.load import load
from pipeline.lineage.events import State, decided
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.runners.workspace import Workspace
from serving.rollout import evidence as evidence_files
from serving.rollout.evidence import Evidence, StageEvidence
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import version

STAGES = "[{share: 0, requests: 100}, {share: 0.05, requests: 200}, {share: 0.5, requests: 300}]"


@dataclasses.dataclass(frozen=True)
class Deployment:
    """A workspace with 1.0.1 live and the others candidates."""

    root: Path

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def registry(self) -> MlmdRegistry:
        return MlmdRegistry(self.workspace)

    def config(self, **overrides: str) -> Config:
        return load("local", {"rollout.stages": STAGES, "root": str(self.root), **overrides})

    def add(self, number: int) -> None:
        registries.record_release(self.root, version(number))

    def saw(self, rollout: str, index: int, server: str = "a", **stage: object) -> None:
        """Writes what a server saw in a stage, beside what it saw before."""
        folder = evidence_files.folder_of(self.workspace.served_models("flights"), rollout)
        before = evidence_files.read(folder, server)
        stages = {**before.stages, index: StageEvidence(**stage)}
        evidence_files.write(folder, server, Evidence(stages))

    def states(self) -> dict[str, str]:
        models = self.registry.read()
        return {each.version: models.state(each).value for each in models.versions}


def deployed(root: Path, versions: int = 2) -> Deployment:
    registries.begin("mlmd", str(root))
    found = Deployment(root)
    for number in range(1, versions + 1):
        found.add(number)
    found.registry.append(decided("1.0.1", State.LIVE, reason="first", who="release.policy"))
    return found


def keys(first: int, count: int) -> frozenset[int]:
    return frozenset(range(first, first + count))


def later(hours: float) -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=hours)
