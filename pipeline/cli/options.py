"""Options that commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.config.config import Config

Command = TypeVar("Command", bound=Callable[..., Any])
DAY = click.DateTime(formats=["%Y-%m-%d"])


def with_config(command: Command) -> Command:
    """Gives a command --config and --set."""
    command = click.option(
        "--config",
        "config_name",
        default="local",
        show_default=True,
        help="A configuration of pipeline/configs, or the path of a .yaml file.",
    )(command)
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Overrides one key, as in window.days=30.",
    )(command)


def with_launch(command: Command) -> Command:
    """Gives a command what decides a launch; the same words on every runner."""
    command = click.option(
        "--until", type=DAY, help="Last day of the window; the newest day there is, if left out."
    )(command)
    return click.option(
        "--ignore-champion",
        metavar="REASON",
        help="Do not compare with the champion; the reason is recorded.",
    )(command)


def with_store(command: Command) -> Command:
    """Gives a command a choice of where runs are recorded."""
    return click.option(
        "--from",
        "store",
        type=click.Choice(["local", "vertex"]),
        default="local",
        show_default=True,
        help="The runs of this machine, or those of Vertex AI.",
    )(command)


def load_config(name: str, overrides: tuple[str, ...]) -> Config:
    """The configuration that --config and --set ask for.

    Raises:
      ConfigError: as `pipeline.config.config.load`; or an override is not KEY=VALUE.
    """
    from pipeline.config.config import load

    pairs = {}
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise ConfigError(f"--set {override}: expected KEY=VALUE, as in --set window.days=30")
        pairs[key] = value
    return load(name, pairs)
