"""The commands `evergreen runs` and `evergreen lineage`: past runs, and the origin of a model."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import with_config, with_store
from pipeline.cli.quiet_imports import quiet_imports

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.lineage.models import Models
    from pipeline.lineage.runs import Run, Store


@click.command()
@with_config
@with_store
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def runs(config: Config, store: str, as_json: bool) -> None:
    """Lists runs, oldest first: window, how each ended, what it registered.

    Example: evergreen runs
    """
    from pipeline.cli.run_values import as_values

    recorded = read_runs(config, store)
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
    """Prints what made a released MODEL: data, schema, code, configuration, verdicts.

    MODEL is `champion`, a version such as 1.0.2, flights/1.0.2 where models of two names were released, or a
    run's id.

    Example: evergreen lineage champion
    """
    from pipeline.cli.run_values import origin
    from pipeline.lineage.runs import run_with_id

    made = run_with_id(read_runs(config, store), read_models(config, store).find(model).run_id)
    assert made, "a version is known by its run"
    values = origin(made)
    click.echo(json.dumps(values, indent=2) if as_json else "\n".join(page(values)))


def table(runs: list[Run]) -> Iterator[str]:
    """Yields a heading, and one line for each run; a version bears its name if there are several."""
    from pipeline.cli.run_values import row_counts
    from pipeline.lineage.models import from_runs

    named = from_runs(runs).several_names
    width = max(12, *(len(_registered(run, named)) + 2 for run in runs))
    yield (
        f"{'run':<26}{'ended':<13}{'window':<26}{'kept':>10}{'refused':>10}  "
        f"{'against':<10}{'registered':<{width}}why"
    )
    for run in runs:
        days = run.window
        window = f"{days['train_first']} … {days['eval_last']}" if days else ""
        against = run.launch.get("champion") or "-"
        counts = row_counts(run)
        kept, refused = (f"{counts[name]:,}" if counts else "-" for name in ("rows_kept", "rows_refused"))
        yield (
            f"{run.id:<26}{run.state:<13}{window:<26}{kept:>10}{refused:>10}  "
            f"{against:<10}{_registered(run, named):<{width}}{_why(run)}"
        )


def _registered(run: Run, named: bool) -> str:
    if not run.released:
        return "-"
    return f"{run.released_name}/{run.released}" if named else run.released


def _why(run: Run) -> str:
    """Returns what ended a run, what a person let pass in it, and whether its model was reset since."""
    from pipeline.cli.overridden import let_through
    from pipeline.cli.run_values import read_verdicts
    from pipeline.launch.champion import RESET, Reset

    told = [run.error] if run.error else []
    told += [f"overridden: {each['check']}: {each['why']}" for each in let_through(read_verdicts(run))]
    properties = run.release.properties if run.release else {}
    if properties.get(RESET):
        told.append(f"reset: {Reset.from_release(properties, run.id)}")
    return "; ".join(told)


def page(values: Mapping[str, Any]) -> Iterator[str]:
    """Returns `origin` as lines, without the metrics of slices and the single checks: --json shows those."""
    short = {
        "metrics": {side: metrics["overall"] for side, metrics in values["metrics"].items()},
        "verdicts": {
            verdict["gate"]: f"{'passed' if verdict['passed'] else 'CLOSED'}, {verdict['reason']}"
            for verdict in values["verdicts"]
        },
    }
    return _as_lines({**values, **short})


def _as_lines(values: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Yields nested values as indented lines."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _as_lines(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield f"{indent}{key}:"
            for item in value:
                yield from _as_lines(item, indent + "  ")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{indent}{key}: {shown}"


def read_models(config: Config, where: str) -> Models:
    """Returns the registered models of this machine, or those of Vertex AI."""
    if where == "vertex":
        runs = read_runs(config, where)
        with quiet_imports():
            from pipeline.runners.vertex.model_registry import models_of

            return models_of(config, runs)
    from pipeline.lineage.mlmd_registry import MlmdRegistry
    from pipeline.runners.workspace import Workspace

    return MlmdRegistry(Workspace(Path(config.root).resolve())).read()


def read_runs(config: Config, where: str) -> list[Run]:
    """Returns the runs of this machine, or those of Vertex AI, oldest first."""
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
