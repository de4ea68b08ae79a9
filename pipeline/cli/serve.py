"""The commands `evergreen serve` and `evergreen predict`: the model server, and a client of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import with_config
from pipeline.cli.quiet_imports import quiet_imports
from pipeline.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.config.config import Config
    from pipeline.lineage.mlmd_registry import MlmdRegistry
    from serving.client.connection import ModelInputs
    from serving.models.served_file import ServedEntry, ServedFile
    from serving.server.settings import ServerSettings


@click.command()
@with_config
@click.option("--host", help="Address to listen on; the configuration's, if left out.")
@click.option("--rest_api_port", "rest_port", type=click.IntRange(0, 65535), help="REST; 0 picks a free one.")
@click.option("--port", "grpc_port", type=click.IntRange(0, 65535), help="gRPC; 0 picks a free one.")
def serve(
    config: Config,
    host: str | None,
    rest_port: int | None,
    grpc_port: int | None,
) -> int:
    """Serves the champion by TensorFlow Serving's REST and gRPC API, and follows every change of it.

    What serves stands in serving.json beside the versions. A version is loaded only if that file names it, it
    is registered, and its files are those that were recorded with it. While a version is rolled out, the
    requests are divided as its stage says; where a guard fires, it is turned back and quarantined at once.
    The options are tensorflow_model_server's own.

    Example: evergreen serve
    """
    import functools

    from pipeline.lineage.mlmd_registry import MlmdRegistry
    from pipeline.lineage.served import check_on_record
    from pipeline.lineage.turned_back import book_turned_back
    from pipeline.runners.workspace import Workspace
    from serving.server.serve import serve as run_server

    workspace = Workspace(Path(config.root).resolve())
    models = workspace.served_models(config.model.name)
    registry = MlmdRegistry(workspace)
    nothing = _nothing_released(config)
    if nothing:
        known = registry.read()
        if known.live_last(config.model.name):
            raise UserError(
                f"{models} holds no version, though some are on record; fetch one again with "
                "`evergreen models restore champion`"
            )
        raise UserError(f"{nothing}; start a run with `evergreen run`")
    given = _given(registry, models)
    warning = _serves_elsewhere(models)
    if warning:
        click.echo(f"evergreen: warning: {warning}", err=True)
    return run_server(
        _settings(config, models, host, rest_port, grpc_port),
        check=functools.partial(check_on_record, registry, config.model.name),
        given=given,
        on_turn_back=functools.partial(book_turned_back, registry),
    )


def _given(registry: MlmdRegistry, models: Path) -> ServedFile | None:
    """Writes what serves, where the file differs: a root of an earlier version has none.

    Where it cannot be written (a root that is read only, a full disk), this is said. Then the file that is
    there is followed; where there is none, what the record says now is returned, to be served without one.
    """
    from pipeline.lineage.serve_file import served_file_of
    from serving.models import served_file

    try:
        registry.publish()
    except UserError as error:
        path = served_file.path_in(models)
        if path.exists():
            click.echo(f"evergreen: warning: {error}; {path} is followed as it is", err=True)
            return None
        served = served_file_of(registry.read(), models.name)
        if served.default is None:
            raise
        click.echo(
            f"evergreen: warning: {error}; {served.default.version} serves, as is on record now, and no "
            "later decision reaches this server",
            err=True,
        )
        return served
    return None


def _settings(
    config: Config, models: Path, host: str | None, rest_port: int | None, grpc_port: int | None
) -> ServerSettings:
    """Returns the server's settings: the configuration's, unless an option of the command says otherwise."""
    from pipeline.cli.traffic import log_settings
    from serving.server.settings import ServerSettings

    serving = config.serving
    return ServerSettings(
        model_name=config.model.name,
        model_base_path=models,
        host=serving.host if host is None else host,
        rest_api_port=serving.rest_port if rest_port is None else rest_port,
        port=serving.grpc_port if grpc_port is None else grpc_port,
        follow=True,
        max_in_flight=serving.max_in_flight,
        keep_alive_seconds=serving.keep_alive_s,
        drain_seconds=serving.drain_s,
        request_log=log_settings(config),
    )


@click.command()
@with_config
@click.argument("rows", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--url", help="http://HOST:PORT for REST, HOST:PORT for gRPC; the configuration's, if left out."
)
def predict(config: Config, rows: str, url: str | None) -> None:
    """Sends the ROWS of a CSV file to the model server and prints one answer per line.

    A probability or a number stands as such, an answer of several values as JSON. The file, .csv or .csv.gz,
    has the model's columns; others, such as the label, are left out. A file as `evergreen import` takes it is
    read by the same rules.

    Example: evergreen predict data/flights/2013-12-31.csv
    """
    from components.example_gen.errors import SpanDataError
    from serving.client.predict import fetch_inputs, predict_rows
    from serving.errors import PredictionError, UnknownModelError

    name = config.model.name
    address = url or f"http://{config.serving.host}:{config.serving.rest_port}"
    try:
        if "://" not in address:
            with quiet_imports("serving.client.grpc_connection"):
                pass
        inputs = fetch_inputs(address, name)
        for answer in predict_rows(address, name, _rows(config, rows, inputs)):
            click.echo(_shown(answer))
    except UnknownModelError as error:
        raise UserError("; ".join(filter(None, (str(error), _nothing_released(config))))) from error
    except (PredictionError, SpanDataError) as error:
        raise UserError(str(error)) from error


def _rows(config: Config, path: str, inputs: ModelInputs) -> Iterator[dict[str, Any]]:
    """Returns the rows of a file, which is a raw one, if there are rules and it looks so, or a span."""
    from pipeline.cli.request_rows import read_rows
    from pipeline.data.convert import for_project

    rules = for_project.rules_if_any()
    if rules is not None:
        from pipeline.cli.raw_rows import raw_rows

        spans = None if "://" in config.data.source else Path(config.data.source)
        found = raw_rows(path, inputs, rules, spans)
        if found is not None:
            return found
    return read_rows(path, inputs)


def _shown(answer: object) -> str:
    """Returns a probability with six decimals, another number with its seven digits, the rest as JSON."""
    if not isinstance(answer, float | int):
        return json.dumps(answer, ensure_ascii=False)
    return f"{answer:.6f}" if 0 <= answer <= 1 else f"{answer:.7g}"


def _serves_elsewhere(models: Path) -> str | None:
    """Returns by which name the champion serves, and what does by this folder's; None if it is in here."""
    from pipeline.lineage.models import CHAMPION

    served = {folder.name: _serving(folder) for folder in sorted(models.parent.iterdir())}
    champions = [
        f"{entry.version} of {name!r}"
        for name, entry in served.items()
        if entry and CHAMPION in entry.labels and name != models.name
    ]
    if not champions:
        return None
    own = served.get(models.name)
    here = f"{own.version}, which was live last under it, goes on" if own else "nothing serves"
    return f"by the name {models.name!r} {here}; the champion of this deployment is {', '.join(champions)}"


def _serving(folder: Path) -> ServedEntry | None:
    """Returns the version that the file of a folder names as the one that serves; None if there is none."""
    from serving.models import served_file

    try:
        served = served_file.read(folder)
    except served_file.ServedFileError:
        return None  # the server says why
    return served.default if served else None


def _nothing_released(config: Config) -> str | None:
    """Returns that no model was released by the configured name here, and by which ones; None if one was."""
    from pipeline.runners.workspace import Workspace

    workspace, name = Workspace(Path(config.root).resolve()), config.model.name
    names = workspace.released_names()
    if name in names:
        return None
    others = f" (model.name is {name!r}; released here: {', '.join(names)})" if names else ""
    return f"nothing has been released to {workspace.served_models(name)} yet{others}"
