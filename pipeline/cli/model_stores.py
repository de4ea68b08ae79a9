"""Where `evergreen models` decides: beside the versions on this machine, or on Vertex AI."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from pipeline.cli.quiet_imports import quiet_imports
from pipeline.errors import UserError
from pipeline.lineage.models import ALIASES

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.config.rollout import RolloutConfig
    from pipeline.lineage.events import Event, ModelVersion
    from pipeline.lineage.models import Models
    from pipeline.rollout.doors import Door
    from pipeline.runners.vertex.model_registry import VertexRegistry


class ModelStore(Protocol):
    """The registered models of a deployment, and what serves."""

    def meant(self, text: str) -> tuple[Models, ModelVersion | None]:
        """Returns the models, and the version that a person means by a text; None for an alias of no version.

        Who says `champion` means what serves. Where the last decision had not come that far until now, that
        was another version, and a repetition of the command would decide about the wrong one.

        Raises:
          UserError: so it is; it has come that far now, and nothing else was decided. Or there is no such
            version.
        """
        ...

    def read(self) -> Models:
        """Returns the models as they are on record."""
        ...

    def follow(self) -> Models:
        """Makes what serves follow the record, and returns the models of it."""
        ...

    def stages(self) -> RolloutConfig:
        """Returns by what a rollout goes here.

        Raises:
          ConfigError: its stages are none that what serves here can go through.
        """
        ...

    def door(self) -> Door:
        """Returns what the controller of a rollout needs."""
        ...

    def append(self, event: Event, meant: Mapping[str, ModelVersion]) -> Models:
        """Records an event, and lets serve what follows from it; `meant` as for `Registry.append`.

        Returns:
          The models after it.
        """
        ...

    def unserved(self, before: Models, after: Models) -> list[str]:
        """Returns the names by which something served before a decision and nothing does after it."""
        ...

    def ensure(self, models: Models, version: ModelVersion) -> bool:
        """Makes a version ready to serve, says so if it was not, and returns whether it was not."""
        ...

    def settle(self) -> Models:
        """Does what the deployment does by itself, for a job or a command that died; returns the models."""
        ...


def store_of(config: Config, where: str) -> ModelStore:
    """Returns the models of `--from`, local or vertex."""
    return OnVertex(config) if where == "vertex" else OnThisMachine(config)


class OnThisMachine:
    """ML Metadata, and folders of versions with `serving.json` beside them."""

    def __init__(self, config: Config):
        from pipeline.lineage.mlmd_registry import MlmdRegistry
        from pipeline.runners.workspace import Workspace

        self._config = config
        self._workspace = Workspace(Path(config.root).resolve())
        self.registry = MlmdRegistry(self._workspace)

    def meant(self, text: str) -> tuple[Models, ModelVersion | None]:
        """As `ModelStore.meant`."""
        from pipeline.lineage.serve_file import told_otherwise

        told = told_otherwise(text, self.registry.read(), self._workspace)
        known = self.registry.publish()
        if told is None:
            return known, known.alias(text) if text in ALIASES else known.find(text)
        raise UserError(
            _decided_before(text, known, f"servers had not heard of (to them it was {told}) and have")
        )

    def read(self) -> Models:
        """As `ModelStore.read`."""
        return self.registry.read()

    def follow(self) -> Models:
        """As `ModelStore.follow`."""
        return self.registry.publish()

    def stages(self) -> RolloutConfig:
        """As `ModelStore.stages`."""
        return self._config.rollout

    def door(self) -> Door:
        """As `ModelStore.door`."""
        from pipeline.rollout.local_door import LocalDoor

        return LocalDoor(self._workspace)

    def append(self, event: Event, meant: Mapping[str, ModelVersion]) -> Models:
        """As `ModelStore.append`."""
        return self.registry.append(event, meant=meant)

    def unserved(self, before: Models, after: Models) -> list[str]:
        """As `ModelStore.unserved`."""
        from pipeline.lineage.serve_file import silenced

        return silenced(before, after)

    def ensure(self, models: Models, version: ModelVersion) -> bool:
        """Fetches a version's files again if they are not as they were recorded."""
        from pipeline.cli.runs import read_runs
        from pipeline.lineage.model_folder import ensure
        from pipeline.lineage.runs import run_with_id

        del models
        run = run_with_id(read_runs(self._config, "local"), version.run_id)
        source = ensure(version, run, self._workspace)
        if source:
            click.echo(f"the files of {version.version} were fetched again from {source}")
        return source is not None

    def settle(self) -> Models:
        """As `ModelStore.settle`; refused beside a run, which does the same at its end."""
        from pipeline.lineage.mlmd_registry import MlmdRegistry
        from pipeline.lineage.settle import settle

        if not self._workspace.metadata.is_file():
            return self.registry.read()
        with self._workspace.lock():
            registry = MlmdRegistry(self._workspace, holds_lock=True)
            return settle(registry, self._config.release.policy, self._config.rollout)


class OnVertex:
    """The record in the bucket, which the endpoint's traffic follows."""

    def __init__(self, config: Config):
        self._config = config
        with quiet_imports():
            from pipeline.runners.vertex.deployment import settings_of
            from pipeline.runners.vertex.model_registry import open_registry

            self._settings = settings_of(config, config.require_cloud())
            self._registry: VertexRegistry = open_registry(self._settings)

    def meant(self, text: str) -> tuple[Models, ModelVersion | None]:
        """As `ModelStore.meant`; a release that nobody registered yet is known then."""
        known = self._registry.read()
        if text in ALIASES:
            answering = self._answering(known)
            if answering is not None:
                known = self._registry.follow()
                raise UserError(
                    _decided_before(
                        text, known, f"the endpoint did not follow (it answered with {answering}) and does"
                    )
                )
            return known, known.alias(text)
        try:
            return known, known.find(text)
        except UserError:
            known = self._registry.register_releases()
            return known, known.find(text)

    def read(self) -> Models:
        """As `ModelStore.read`."""
        return self._registry.read()

    def follow(self) -> Models:
        """As `ModelStore.follow`."""
        return self._registry.follow()

    def stages(self) -> RolloutConfig:
        """As `ModelStore.stages`."""
        self._config.require_vertex()
        return self._config.rollout.on_endpoint()

    def door(self) -> Door:
        """As `ModelStore.door`."""
        with quiet_imports():
            from pipeline.rollout.vertex_door import VertexDoor
            from pipeline.runners.vertex.endpoint_metrics import EndpointMetrics

        return VertexDoor(self._registry, EndpointMetrics(self._settings))

    def append(self, event: Event, meant: Mapping[str, ModelVersion]) -> Models:
        """As `ModelStore.append`."""
        return self._registry.append(event, meant=meant)

    def unserved(self, before: Models, after: Models) -> list[str]:
        """Returns none: an endpoint is asked by its own name."""
        del before, after
        return []

    def ensure(self, models: Models, version: ModelVersion) -> bool:
        """Deploys a version without traffic; makes the endpoint follow for the one that is live."""
        if version == models.live:
            behind = self._answering(models) is not None
            self._registry.follow()
            return behind
        click.echo(f"deploying {version.version}, unless it is; that takes 10 to 20 minutes")
        return self._registry.endpoint.ready(version)

    def settle(self) -> Models:
        """As `ModelStore.settle`."""
        from pipeline.runners.vertex.settle import settle

        self._config.require_vertex()
        self._registry.register_releases()
        return settle(self._registry, self._config.release.policy, self._config.rollout)

    def _answering(self, models: Models) -> str | None:
        """Returns what the endpoint answers with, where that is not what is on record; None where it is."""
        now = self._registry.endpoint.behind(models)
        return None if now is None else ", ".join(each.version for each in now) or "no version"


def _decided_before(text: str, known: Models, heard: str) -> str:
    now = known.alias(text)
    return (
        f"nothing was decided: {text} is {now.version if now else 'no version'} by an earlier decision, "
        f"which {heard} now; see `evergreen models list`"
    )
