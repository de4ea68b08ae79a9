"""The command `evergreen`; its subcommands are in the other modules of this folder.

Heavy imports stay inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import importlib.util
import os
import sys

import click

from pipeline.cli.config import config
from pipeline.cli.doctor import doctor
from pipeline.cli.graph import graph
from pipeline.cli.one_line import one_line
from pipeline.cli.run import run
from pipeline.cli.runs import lineage, runs
from pipeline.cli.serve import predict, serve
from pipeline.cli.vertex import VERTEX_COMMANDS
from pipeline.errors import DONE, STOPPED, UserError
from serving.process.exit import exit_without_cleanup


def main() -> None:
    """Runs the command line; an error that a user can fix ends with one line, never with a traceback."""
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
        click.echo(f"evergreen: {one_line(str(error))}", err=True)
        return error.exit_code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"evergreen: {where}{error.strerror or error}", err=True)
        _drop_output()
        return STOPPED


def _drop_output() -> None:
    """Leads stdout nowhere: Python tries again to write what it could not, and would end with 120 for it."""
    stdout = sys.__stdout__
    if stdout is not None and stdout is sys.stdout:  # not closed, and not a test's
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), stdout.fileno())


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
    *(run, runs, lineage, serve, predict, config, graph, doctor),
    *VERTEX_COMMANDS,
    *_sample_commands(),
):
    evergreen.add_command(_command)
