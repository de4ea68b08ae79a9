"""The command `evergreen run`."""

from __future__ import annotations

import datetime as dt
import itertools
import sys
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import with_config, with_launch
from pipeline.errors import DONE, STOPPED, ConfigError

if TYPE_CHECKING:
    from pipeline.config.config import Config


@click.command()
@with_config
@with_launch
@click.option(
    "--runner",
    type=click.Choice(["local", "vertex-local"]),
    default="local",
    show_default=True,
    help="vertex-local executes the job that Vertex AI would receive, step by step, on this machine.",
)
@click.option("--isolate", is_flag=True, help="With vertex-local: run every step in a process of its own.")
def run(
    config: Config,
    until: dt.date | None,
    ignore_champion: str | None,
    runner: str,
    isolate: bool,
) -> int:
    """Trains on a window of days and releases the model if every gate passes.

    Example: evergreen run --until 2013-03-31
    """
    from components.workers import default_max_workers
    from pipeline.cli.summary import after_run
    from pipeline.cli.told import tell, telling_of_failure
    from pipeline.retrain import retrain
    from pipeline.runners import start
    from pipeline.runners.progress import Progress

    if runner == start.VERTEX_LOCAL:
        config.require_cloud()
        chosen = start.vertex_local_runner(isolate=isolate)
    elif isolate:
        raise ConfigError("--isolate goes with --runner vertex-local")
    else:
        chosen = start.local_runner(default_max_workers())
    terminal = Progress(sys.stdout)
    with telling_of_failure(config, terminal.say):
        outcome = retrain(
            config,
            until=until,
            ignore_champion=ignore_champion,
            terminal=terminal,
            runner=chosen,
        )
    for line in itertools.chain(after_run(outcome), tell(config, outcome, chosen.name)):
        terminal.say(line)
    return DONE if outcome.run.state == "succeeded" else STOPPED
