"""The program `evergreen`: how a command begins and ends.

Nothing but signals and streams is imported before signals are handled.
"""

from __future__ import annotations

import contextlib
import sys

from pipeline import interrupts
from pipeline.cli import streams
from pipeline.cli.one_line import one_line
from pipeline.errors import DONE, STOPPED, UserError

INTERRUPTED = "interrupted; start the same command again (a run goes on from its finished stages)"


def main() -> None:
    """Runs the command line; an error that a user can fix ends with one line, never with a traceback."""
    try:
        interrupts.install()
        streams.prepare()
        code = _exit_code()
        interrupts.ignore()
    except KeyboardInterrupt:
        interrupts.ignore()
        with contextlib.suppress(OSError):  # the terminal is gone
            print(INTERRUPTED, file=sys.stderr)
        code = STOPPED
    from serving.process.exit import exit_without_cleanup

    exit_without_cleanup(code)


def _exit_code() -> int:
    import click

    try:
        return _run_command()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except UserError as error:
        click.echo(f"evergreen: {one_line(str(error))}", err=True)
        return error.exit_code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"evergreen: {where}{error.strerror or error}", err=True)
        streams.drop_stdout()
        return STOPPED
    except SystemExit:  # click's answer to a reader of stdout that has gone (`evergreen runs | head -1`)
        streams.drop_stdout()
        return STOPPED


def _run_command() -> int:
    from pipeline.cli.commands import evergreen

    try:
        code: int = evergreen(standalone_mode=False) or DONE
    except Exception as error:
        interrupts.check(error)
        raise
    interrupts.check()
    return code
