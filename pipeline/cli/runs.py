"""The commands `evergreen runs` and `evergreen lineage`: past runs, and the origin of a model."""

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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def runs(config: Config, store: str, as_json: bool) -> None:
    """Lists runs, oldest first: window, how each ended, what it released.

    Example: evergreen runs
    """
    from pipeline.cli.run_values import as_values
    from pipeline.cli.summary import table

    recorded = _read_runs(config, store)
    if as_json:
        click.echo(json.dumps([as_values(run) for run in recorded], indent=2))
        return
    nothing = f"no runs yet in {config.root}; start one with `evergreen run`"
    click.echo("\n".join(table(recorded)) if recorded else nothing)


@click.command()
@with_config
@with_store
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def lineage(config: Config, store: str, model: str, as_json: bool) -> None:
    """Prints what made a released MODEL, such as 1.0.2: data, schema, code, configuration, verdicts.

    Example: evergreen lineage champion
    """
    from pipeline.cli.run_values import origin
    from pipeline.cli.summary import page
    from pipeline.lineage.runs import champion, run_that_released

    recorded = _read_runs(config, store)
    standing = champion(recorded)
    version = standing.version if model == "champion" and standing else model
    run = run_that_released(recorded, version)
    if run is None:
        released = ", ".join(dict.fromkeys(each.released for each in recorded if each.released)) or "none yet"
        raise UserError(f"no release {model!r}; released: {released}")
    values = origin(run)
    click.echo(json.dumps(values, indent=2) if as_json else "\n".join(page(values)))


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
