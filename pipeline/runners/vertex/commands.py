"""The commands that speak with Vertex AI; heavy imports stay inside them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from pipeline.errors import ConfigError
from pipeline.options import load_config, with_config, with_launch


@click.command("compile")
@with_config
@with_launch
@click.option("--into", default="build/vertex", show_default=True, help="Folder to write to.")
def compile_command(
    config_name: str,
    overrides: tuple[str, ...],
    until: dt.datetime | None,
    ignore_champion: str | None,
    into: str,
) -> None:
    """Writes the PipelineJob that Vertex AI would be sent, as JSON, and its pipelineSpec as YAML.

    Example: evergreen compile --config prod
    """
    from pipeline.runners.vertex import offline

    config = load_config(config_name, overrides)
    with offline.quietly():
        job = offline.compiled(config, until.date() if until else None, ignore_champion)
        from pipeline.runners.vertex import compiling

        for path in compiling.write(job, Path(into), f"{config.name}-{_stem(config_name)}"):
            click.echo(path)


def _stem(config_name: str) -> str:
    stem = Path(config_name).stem
    if not stem:
        raise ConfigError(f"no configuration file at {config_name!r}; give an existing .yaml file")
    return stem


VERTEX_COMMANDS: tuple[click.Command, ...] = (compile_command,)
