"""The command `evergreen notify`: who is told how a run ended, and whether that works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import with_config
from pipeline.errors import DONE, STOPPED, ConfigError

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.config.notify import NotifierConfig


@click.command()
@with_config
@click.option("--test", is_flag=True, help="Send a test message to each, whatever it is for otherwise.")
def notify(config: Config, test: bool) -> int:
    """Lists who is told how a run ended; with --test, tries each of them out.

    Example: evergreen notify --test
    """
    from monitoring.notify.delivery import deliver
    from monitoring.notify.message import Message

    settings = config.notify
    if not settings.notifiers:
        raise ConfigError("notify.notifiers is empty, so nobody is told; docs/notify.md shows how to add one")
    if not test:
        click.echo("\n".join(_listed(settings.notifiers)))
        return DONE
    message = Message(
        kind="test",
        severity="info",
        title=f"{config.name}: a test of Evergreen's notifications",
        text="Somebody called `evergreen notify --test`. When you read this, it works.",
        details={"pipeline": config.name},
    )
    deliveries = deliver(message, settings.everywhere, settings.timeout_s)
    click.echo("\n".join(map(str, deliveries)))
    return STOPPED if any(delivery.problem for delivery in deliveries) else DONE


def _listed(notifiers: tuple[NotifierConfig, ...]) -> Iterator[str]:
    for each in notifiers:
        events = ", ".join(each.events) or "every event"
        where = "" if each.works_on_vertex else "; not on Vertex AI: its secret is only here"
        yield f"{each.target!s:<18}{events}, from severity {each.min_severity}{where}"
