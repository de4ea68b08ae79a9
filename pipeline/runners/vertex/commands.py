"""The commands that speak with Vertex AI; heavy imports stay inside them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from pipeline.errors import DONE, STOPPED, ConfigError
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


@click.command()
@with_config
@with_launch
@click.option(
    "--job", type=click.Path(exists=True, dir_okay=False), help="A compiled .json instead of compiling."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def check(
    config_name: str,
    overrides: tuple[str, ...],
    until: dt.datetime | None,
    ignore_champion: str | None,
    job: str | None,
    as_json: bool,
) -> int:
    """Proves a compiled job before anything is sent: messages, references, values, code, requests, limits.

    Without --job it checks the job of a first run and that of a run beside a champion.

    Example: evergreen check --config prod
    """
    from pipeline.runners.vertex import offline

    with offline.quietly():
        if job:
            jobs = {job: offline.read_job(Path(job))}
        else:
            config = load_config(config_name, overrides)
            jobs = offline.both_jobs(config, until.date() if until else None, ignore_champion)
        from pipeline.runners.vertex.checks import table

        found = {name: table.check(each) for name, each in jobs.items()}
    if as_json:
        click.echo(json.dumps({name: table.as_values(each) for name, each in found.items()}, indent=2))
    else:
        click.echo("\n".join(line for name, each in found.items() for line in (name, *table.as_lines(each))))
    return DONE if all(one.passed for each in found.values() for one in each) else STOPPED


VERTEX_COMMANDS: tuple[click.Command, ...] = (compile_command, check)
