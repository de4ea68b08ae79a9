"""The commands `evergreen runs` and `evergreen lineage`: what ran, and what made a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import with_config, with_store
from pipeline.cli.quiet import quiet_imports
from pipeline.errors import UserError

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.lineage.runs import Run, Store


@click.command()
@with_config
@with_store
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def runs(config: Config, store: str, as_json: bool) -> None:
    """Lists runs, oldest first: window, how each ended, what it released.

    Example: evergreen runs
    """
    from pipeline.cli import summary

    found = _read_runs(config, store)
    if as_json:
        click.echo(json.dumps([summary.as_values(run) for run in found], indent=2))
        return
    nothing = f"no runs yet in {config.root}; start one with `evergreen run`"
    click.echo("\n".join(summary.table(found)) if found else nothing)


@click.command()
@with_config
@with_store
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def lineage(config: Config, store: str, model: str, as_json: bool) -> None:
    """Says what made a released MODEL, such as 1.0.2: data, schema, code, configuration, verdicts.

    Example: evergreen lineage champion
    """
    from pipeline.cli import summary
    from pipeline.lineage.runs import champion, run_that_released

    found = _read_runs(config, store)
    standing = champion(found)
    version = standing.version if model == "champion" and standing else model
    origin = run_that_released(found, version)
    if origin is None:
        released = ", ".join(dict.fromkeys(run.released for run in found if run.released)) or "none yet"
        raise UserError(f"no release {model!r}; released: {released}")
    values = summary.origin(origin)
    click.echo(json.dumps(values, indent=2) if as_json else "\n".join(summary.page(values)))


def _read_runs(config: Config, where: str) -> list[Run]:
    if where == "vertex":
        with quiet_imports():
            from pipeline.runners.vertex.lineage import open_store as open_cloud_store

            return open_cloud_store(config).runs()
    from pipeline.lineage.mlmd import open_store
    from pipeline.lineage.runs import as_of_now
    from pipeline.runners.workspace import Workspace

    workspace = Workspace(Path(config.root).resolve())
    store: Store | None = open_store(workspace.metadata)
    return as_of_now(store.runs(), busy=workspace.is_busy()) if store else []
