"""The commands of `evergreen`, which are in the other modules of this folder.

Heavy imports stay inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import importlib.util

import click

from pipeline.cli.champion import champion
from pipeline.cli.config import config
from pipeline.cli.doctor import doctor
from pipeline.cli.graph import graph
from pipeline.cli.import_data import import_data
from pipeline.cli.init import init
from pipeline.cli.models import models
from pipeline.cli.notify import notify
from pipeline.cli.override import override
from pipeline.cli.rollout import rollout
from pipeline.cli.run import run
from pipeline.cli.runs import lineage, runs
from pipeline.cli.schema import schema
from pipeline.cli.serve import predict, serve
from pipeline.cli.traffic import traffic
from pipeline.cli.vertex import VERTEX_COMMANDS


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evergreen")
def evergreen() -> None:
    """Keeps a model fresh: trains it on new days, judges it, proves it on a model server, releases it.

    Example: evergreen run --until 2013-03-31
    """


def _sample_commands() -> list[click.Command]:
    """Returns `evergreen data` if the folder of the sample exists; a fork deletes it."""
    if not importlib.util.find_spec("sample"):
        return []
    from sample.command import data

    return [data]


for _command in (
    *(
        init,
        import_data,
        run,
        runs,
        lineage,
        models,
        champion,
        rollout,
        override,
        schema,
        serve,
        predict,
        traffic,
        config,
        graph,
        doctor,
        notify,
    ),
    *VERTEX_COMMANDS,
    *_sample_commands(),
):
    evergreen.add_command(_command)
