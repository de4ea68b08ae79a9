"""The commands `evergreen champion show` and `evergreen champion reset`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import with_config, with_store

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.launch.champion import Reset


@click.group()
def champion() -> None:
    """Shows the champion, which candidates are compared with, or ends the comparison with it.

    Example: evergreen champion show
    """


@champion.command()
@with_config
@with_store
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(config: Config, store: str, as_json: bool) -> None:
    """Prints which version candidates are compared with, and whether it was reset.

    Example: evergreen champion show
    """
    from pipeline.cli.runs import read_models
    from pipeline.lineage.champion import champion_of

    found = champion_of(read_models(config, store))
    if found is None:
        click.echo("null" if as_json else f"no champion yet in {config.root}; the first release is one")
        return
    values = {
        "version": found.version,
        "run": found.run_id,
        "trained": f"{found.train_first} … {found.train_last}",
        "served_from": found.served_from,
        "model": found.model_uri,
        "reset": str(found.reset) if found.reset else None,
    }
    if as_json:
        click.echo(json.dumps(values, indent=2))
        return
    for key, value in values.items():
        click.echo(f"{key:<12}{value or 'no'}")


@champion.command()
@with_config
@with_store
@click.option(
    "--reason", required=True, metavar="TEXT", help="Why candidates should not be compared with it."
)
@click.option("--by", metavar="WHO", help="Who decides so; who is logged in, if left out.")
def reset(config: Config, store: str, reason: str, by: str | None) -> None:
    """Lets every candidate until the next release go without a comparison; the champion goes on serving.

    Example: evergreen champion reset --reason "trained on the wrong labels of May"
    """
    from pipeline.cli.who import who
    from pipeline.launch.champion import Reset
    from pipeline.launch.reason import reason_of
    from pipeline.lineage import resets

    decided = Reset(reason_of(reason, "--reason"), who(by), resets.now())
    version = _reset_on_vertex(config, decided) if store == "vertex" else _reset_here(config, decided)
    click.echo(f"champion {version} is reset: {decided}")
    click.echo("it goes on serving; candidates are not compared with it until one is released")


def _reset_on_vertex(config: Config, decided: Reset) -> str:
    from pipeline.cli.quiet_imports import quiet_imports
    from pipeline.lineage import resets

    with quiet_imports():
        from pipeline.runners.vertex.lineage import open_store as open_cloud_store
        from pipeline.runners.vertex.model_registry import models_of

        store = open_cloud_store(config)
        models = models_of(config, store.runs())
        return resets.write(store, models, decided, f"{config.name} on Vertex AI")


def _reset_here(config: Config, decided: Reset) -> str:
    from pathlib import Path

    from pipeline.errors import UserError
    from pipeline.lineage import resets
    from pipeline.lineage.mlmd import open_store
    from pipeline.lineage.mlmd_registry import MlmdRegistry
    from pipeline.runners.workspace import Workspace

    workspace = Workspace(Path(config.root).resolve())
    if open_store(workspace.metadata) is None:  # before the lock, which would make a file
        raise UserError(resets.nothing_in(str(workspace.root)))
    with workspace.lock():
        store = open_store(workspace.metadata)
        assert store is not None
        models = MlmdRegistry(workspace, holds_lock=True).read()
        return resets.write(store, models, decided, str(workspace.root))
