"""The commands `evergreen serve` and `evergreen predict`: the model server, and a client of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import with_config
from pipeline.errors import UserError

if TYPE_CHECKING:
    from pipeline.config.config import Config


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
    """Serves the champion by TensorFlow Serving's REST and gRPC API, and follows every release.

    The options are tensorflow_model_server's own.

    Example: evergreen serve
    """
    from pipeline.runners.workspace import Workspace
    from serving.server.serve import serve as run_server
    from serving.server.settings import ServerSettings

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


@click.command()
@with_config
@click.argument("rows", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--url", help="http://HOST:PORT for REST, HOST:PORT for gRPC; the configuration's, if left out."
)
def predict(config: Config, rows: str, url: str | None) -> None:
    """Sends the ROWS of a CSV file to the model server and prints one probability per line.

    Example: evergreen predict data/flights/2013-12-31.csv
    """
    from components.example_gen.errors import SpanDataError
    from pipeline.cli.request_rows import read_rows
    from serving.client.predict import fetch_inputs, predict_rows
    from serving.errors import PredictionError

    name = config.model.name
    address = url or f"http://{config.serving.host}:{config.serving.rest_port}"
    try:
        inputs = fetch_inputs(address, name)
        for probability in predict_rows(address, name, read_rows(rows, inputs)):
            click.echo(f"{probability:.6f}")
    except (PredictionError, SpanDataError) as error:
        raise UserError(str(error)) from error
