"""What `evergreen rollout run` does: looks again and again, and says what is new."""

from __future__ import annotations

import time

import click

from pipeline.cli.rollout_values import told
from pipeline.errors import UserError
from pipeline.rollout.controller import Controller


def follow(controller: Controller, every_s: float | None) -> None:
    """Looks, and prints what follows.

    Args:
      controller: of the deployment.
      every_s: seconds between two looks; None to look once.

    Raises:
      UserError: a single look found what cannot be read; of many, this is told and tried again.
    """
    said, warned = "", set[str]()
    while True:
        line, warning = _look(controller, patient=every_s is not None)
        if line and line != said:
            click.echo(line)
            said = line
        if warning and warning not in warned:
            click.echo(f"evergreen: warning: {warning}", err=True)
            warned.add(warning)
        if every_s is None:
            return
        time.sleep(every_s)


def _look(controller: Controller, patient: bool) -> tuple[str, str]:
    """Returns what a look did or waits for, and what it could not do; where it is patient it never raises."""
    try:
        seen = controller.look()
    except UserError as error:
        if not patient:
            raise
        return "", str(error)
    return told(seen), seen.warning
