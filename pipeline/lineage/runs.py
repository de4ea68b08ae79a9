"""Runs and the origin of models, as plain values; an adapter for each kind of metadata reads them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Protocol

from pipeline.launch.champion import RELEASED_BY, Champion
from pipeline.launch.launch import Launch, is_same
from pipeline.stages import PUSHER

RUNNING, SUCCEEDED, STOPPED, FAILED, INTERRUPTED = "running", "succeeded", "stopped", "failed", "interrupted"


@dataclasses.dataclass(frozen=True)
class Artifact:
    """An artifact as it was recorded."""

    id: int
    type: str
    uri: str
    created: dt.datetime
    properties: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Stage:
    """One execution of a node in a run.

    Attributes:
      id: the execution's number in the store.
      name: id of the node.
      state: ML Metadata's, in lower case: complete, cached, failed, running, canceled.
      seconds: from its registration to its last update.
      inputs, outputs: artifacts by key.
    """

    id: int
    name: str
    state: str
    seconds: float
    inputs: Mapping[str, tuple[Artifact, ...]]
    outputs: Mapping[str, tuple[Artifact, ...]]

    def output(self, key: str) -> Artifact | None:
        """Returns the first artifact under a key; None if there is none."""
        return next(iter(self.outputs.get(key, ())), None)


@dataclasses.dataclass(frozen=True)
class Run:
    """One run: its launch as it was recorded, how it ended, and its stages in order of execution."""

    id: str
    state: str
    error: str
    started: dt.datetime
    launch: Mapping[str, str]
    stages: tuple[Stage, ...]

    def stage(self, name: str) -> Stage | None:
        """Returns the execution of a node; None if the run did not reach it."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def output(self, name: str, key: str) -> Artifact | None:
        """Returns the artifact that a node wrote under a key; None if there is none."""
        stage = self.stage(name)
        return stage.output(key) if stage else None

    @property
    def window(self) -> Mapping[str, Any]:
        """First and last days of the parts of the window, and by what its rows are split, if by a hash."""
        return json.loads(self.launch["window"]) if "window" in self.launch else {}

    @property
    def verdicts(self) -> tuple[Artifact, ...]:
        """Artifacts of the gates, in order."""
        return tuple(
            artifact
            for stage in self.stages
            for artifacts in stage.outputs.values()
            for artifact in artifacts
            if "gate" in artifact.properties
        )

    @property
    def release(self) -> Artifact | None:
        """The record of the model that this run released; None if it released none."""
        record = self.output(RELEASED_BY, "release")
        return record if record and record.properties.get("blessed") == 1 else None

    @property
    def released(self) -> str | None:
        """The version of the model that this run released; None if it released none."""
        return self.release.properties.get("version") if self.release else None

    @property
    def released_name(self) -> str | None:
        """The name of the model that this run released; None if it released none.

        Where an older release's record lacks it, it is the configuration's.
        """
        if self.release is None:
            return None
        configured = json.loads(self.launch.get("config", "{}")).get("model", {})
        return self.release.properties.get("model_name") or configured.get("name", "")

    @property
    def pushed_number(self) -> int:
        """The number that the model was pushed under, released or not; 0 if none was pushed."""
        pushed = self.output(PUSHER.name, "pushed_model")
        number = str(pushed.properties.get("pushed_version", "")) if pushed else ""
        return int(number) if number.isdecimal() else 0


class Store(Protocol):
    """Where runs are recorded."""

    def runs(self) -> list[Run]:
        """Returns all runs, oldest first."""
        ...


def finished(runs: list[Run], launch: Launch) -> Run | None:
    """Returns the newest run that ended and that the launch would only repeat; None if there is none."""
    ended = (run for run in reversed(runs) if run.state in (SUCCEEDED, STOPPED))
    return next((run for run in ended if is_same(run.launch, _released(run, launch.champion), launch)), None)


def _released(run: Run, champion: Champion | None) -> str | None:
    """Returns the version that a run released, if the champion is its model: two may have one version."""
    same = run.release and champion and run.release.properties.get("model_uri") == champion.model_uri
    return run.released if same else None


def run_with_id(runs: list[Run], run_id: str) -> Run | None:
    """Returns the run with this id; None where there is none."""
    return next((run for run in runs if run.id == run_id), None)


def highest_number(runs: list[Run]) -> int:
    """Returns the highest number on record that a model was pushed under; 0 where none was."""
    return max((run.pushed_number for run in runs), default=0)


def as_of_now(runs: list[Run], *, busy: bool) -> list[Run]:
    """Returns the runs, with those that died marked as interrupted: only the newest can be running.

    Args:
      runs: oldest first.
      busy: whether a run is holding the workspace.
    """
    return [
        dataclasses.replace(run, state=INTERRUPTED)
        if run.state == RUNNING and not (busy and run is runs[-1])
        else run
        for run in runs
    ]
