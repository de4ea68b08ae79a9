"""The command `evergreen`. Heavy imports stay inside the commands, so that `--help` answers at once."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.doctor import doctor
from pipeline.cli.graph import graph
from pipeline.cli.options import load_config, load_config_with_origins, with_config, with_launch, with_store
from pipeline.cli.quiet import quiet_imports
from pipeline.cli.vertex import VERTEX_COMMANDS
from pipeline.errors import DONE, STOPPED, ConfigError, UserError
from serving.process.exit import exit_without_cleanup

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.lineage.runs import Run, Store


def main() -> None:
    """Runs the command line; what a user can mend ends with one line and never with a traceback."""
    exit_without_cleanup(_exit_code())


def _exit_code() -> int:
    try:
        return evergreen(standalone_mode=False) or DONE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        click.echo("interrupted; start the same command again to go on from the finished stages", err=True)
        return STOPPED
    except UserError as error:
        click.echo(f"evergreen: {error}", err=True)
        return error.exit_code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"evergreen: {where}{error.strerror or error}", err=True)
        return STOPPED


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evergreen")
def evergreen() -> None:
    """Keeps a model fresh: trains it on new days, judges it, proves it on a model server, releases it.

    Example: evergreen run --until 2013-03-31
    """


@evergreen.command()
@with_config
@with_launch
@click.option(
    "--runner",
    type=click.Choice(["local", "vertex-local"]),
    default="local",
    show_default=True,
    help="vertex-local executes the job that Vertex AI would be sent, step by step, on this machine.",
)
@click.option("--isolate", is_flag=True, help="With vertex-local: a new process for every step.")
def run(
    config_name: str,
    overrides: tuple[str, ...],
    until: dt.datetime | None,
    ignore_champion: str | None,
    runner: str,
    isolate: bool,
) -> int:
    """Trains on a window of days and releases the model if every gate passes.

    Example: evergreen run --until 2013-03-31
    """
    from components.workers import default_max_workers
    from pipeline.cli.summary import after_run
    from pipeline.retrain import retrain
    from pipeline.runners.progress import Progress

    config = load_config(config_name, overrides)
    if runner == "vertex-local":
        config.require_cloud()
    elif isolate:
        raise ConfigError("--isolate goes with --runner vertex-local")
    terminal = Progress(sys.stdout)
    outcome = retrain(
        config,
        until=until.date() if until else None,
        ignore_champion=ignore_champion,
        terminal=terminal,
        runner=runner,
        isolate=isolate,
        max_workers=default_max_workers(),
    )
    for line in after_run(outcome):
        terminal.say(line)
    return DONE if outcome.run.state == "succeeded" else STOPPED


@evergreen.command()
@with_config
@with_store
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def runs(config_name: str, overrides: tuple[str, ...], store: str, as_json: bool) -> None:
    """Lists runs, oldest first: window, how each ended, what it released.

    Example: evergreen runs
    """
    from pipeline.cli import summary

    config = load_config(config_name, overrides)
    found = _read_runs(config, store)
    if as_json:
        click.echo(json.dumps([summary.as_values(run) for run in found], indent=2))
        return
    nothing = f"no runs yet in {config.root}; start one with `evergreen run`"
    click.echo("\n".join(summary.table(found)) if found else nothing)


@evergreen.command()
@with_config
@with_store
@click.argument("model")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def lineage(config_name: str, overrides: tuple[str, ...], store: str, model: str, as_json: bool) -> None:
    """Says what made a released MODEL, such as 1.0.2: data, schema, code, configuration, verdicts.

    Example: evergreen lineage champion
    """
    from pipeline.cli import summary
    from pipeline.lineage.runs import champion, run_that_released

    found = _read_runs(load_config(config_name, overrides), store)
    standing = champion(found)
    version = standing.version if model == "champion" and standing else model
    origin = run_that_released(found, version)
    if origin is None:
        released = ", ".join(dict.fromkeys(run.released for run in found if run.released)) or "none yet"
        raise UserError(f"no release {model!r}; released: {released}")
    values = summary.origin(origin)
    click.echo(json.dumps(values, indent=2) if as_json else "\n".join(summary.page(values)))


@evergreen.command()
@with_config
@click.option("--host", help="Address to listen on; the configuration's, if left out.")
@click.option("--rest_api_port", "rest_port", type=click.IntRange(0, 65535), help="REST; 0 picks a free one.")
@click.option("--port", "grpc_port", type=click.IntRange(0, 65535), help="gRPC; 0 picks a free one.")
def serve(
    config_name: str,
    overrides: tuple[str, ...],
    host: str | None,
    rest_port: int | None,
    grpc_port: int | None,
) -> int:
    """Serves the champion by TensorFlow Serving's REST and gRPC API, and follows every release.

    The options are tensorflow_model_server's own.

    Example: evergreen serve
    """
    from pipeline.runners.workspace import Workspace
    from serving.server.serve import serve as run_server
    from serving.server.settings import ServerSettings

    config = load_config(config_name, overrides)
    models = Workspace(Path(config.root).resolve()).served_models(config.model.name)
    if not models.is_dir():
        raise UserError(f"nothing has been released to {models} yet; start a run with `evergreen run`")
    return run_server(
        ServerSettings(
            model_name=config.model.name,
            model_base_path=models,
            host=config.serving.host if host is None else host,
            rest_api_port=config.serving.rest_port if rest_port is None else rest_port,
            port=config.serving.grpc_port if grpc_port is None else grpc_port,
        )
    )


@evergreen.command()
@with_config
@click.argument("rows", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--url", help="http://HOST:PORT for REST, HOST:PORT for gRPC; the configuration's, if left out."
)
def predict(config_name: str, overrides: tuple[str, ...], rows: str, url: str | None) -> None:
    """Sends the ROWS of a CSV file to the model server and prints one probability a line.

    Example: evergreen predict data/flights/2013-12-31.csv
    """
    from serving.client.csv_rows import RowsError, read_rows
    from serving.client.predict import fetch_inputs, predict_rows
    from serving.errors import PredictionError

    config = load_config(config_name, overrides)
    name = config.model.name
    address = url or f"http://{config.serving.host}:{config.serving.rest_port}"
    try:
        inputs = fetch_inputs(address, name)
        for probability in predict_rows(address, name, read_rows(rows, inputs)):
            click.echo(f"{probability:.6f}")
    except (PredictionError, RowsError) as error:
        raise UserError(str(error)) from error


@evergreen.command()
@with_config
@click.option("--json", "as_json", is_flag=True, help="For machines: values and origins.")
def config(config_name: str, overrides: tuple[str, ...], as_json: bool) -> None:
    """Prints the whole configuration as it would be used, and which file and line each value is from.

    Example: evergreen config --set window.days=30
    """
    from pipeline.config import printing

    loaded = load_config_with_origins(config_name, overrides)
    click.echo(
        json.dumps(printing.as_values(loaded), indent=2) if as_json else "\n".join(printing.as_yaml(loaded))
    )


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


def _add_sample() -> None:
    """Adds `evergreen data` while the sample is there; a fork deletes that folder."""
    if importlib.util.find_spec("sample"):
        from sample.command import data

        evergreen.add_command(data)


def _add_vertex() -> None:
    """Adds the commands that speak with Vertex AI."""
    for command in VERTEX_COMMANDS:
        evergreen.add_command(command)


evergreen.add_command(doctor)
evergreen.add_command(graph)
_add_sample()
_add_vertex()
