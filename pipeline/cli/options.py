"""Options that commands share."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from components.spans.span_ref import iso_day
from pipeline.cli.one_line import one_line
from pipeline.cli.project_folder import project_root
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.config.load import Loaded

_HALF_AN_INIT = (
    "an init was interrupted, so some files are of before and some are new: run `evergreen init` again"
)
Command = TypeVar("Command", bound=Callable[..., Any])


def with_config(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --config and --set to a command, and passes it the configuration as its argument `config`."""

    @functools.wraps(command)
    def with_loaded(*args: Any, config_name: str, overrides: tuple[str, ...], **options: Any) -> Any:
        return command(*args, config=load_config(config_name, overrides).config, **options)

    return with_config_options(with_loaded)


def with_config_options(command: Command) -> Command:
    """Adds --config and --set to a command, which loads the configuration itself."""
    command = click.option(
        "--config",
        "config_name",
        default="local",
        show_default=True,
        help="A configuration of pipeline/configs or the path of a .yaml file, merged over defaults.yaml "
        "and base.yaml.",
    )(command)
    return click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="KEY=VALUE",
        help="Overrides one key, as in window.days=30.",
    )(command)


def with_launch(command: Command) -> Command:
    """Adds the options that decide a launch, the same for every runner."""
    command = click.option(
        "--until",
        type=day_argument,
        metavar="YYYY-MM-DD",
        help="Last day of the window; the newest with all its labels, if left out.",
    )(command)
    return click.option(
        "--ignore-champion",
        metavar="REASON",
        callback=_reason,
        help="Do not compare with the champion; the reason is recorded.",
    )(command)


def _reason(_: click.Context, option: click.Parameter, text: str | None) -> str | None:
    from pipeline.launch.reason import reason_of

    return None if text is None else reason_of(text, option.opts[0])


def with_store(command: Command) -> Command:
    """Adds the option that chooses where to read runs from."""
    return click.option(
        "--from",
        "store",
        type=click.Choice(["local", "vertex"]),
        default="local",
        show_default=True,
        help="The runs of this machine, or those of Vertex AI.",
    )(command)


def load_config(name: str, overrides: tuple[str, ...]) -> Loaded:
    """Returns the configuration of --config and --set, with origins, and warns of what may be mistakes.

    Raises:
      ConfigError: the configuration is invalid, or an override is not KEY=VALUE; says so where an init was
        killed half way, which may be why.
    """
    from pipeline.config.load import load_with_origins
    from pipeline.data.write import journal

    pairs = _pairs(overrides)
    is_half = journal.is_unfinished(project_root())
    try:
        loaded = load_with_origins(name, pairs)
    except ConfigError as error:
        if is_half:
            raise ConfigError(f"{error}; {_HALF_AN_INIT}") from error
        raise
    if is_half:
        click.echo(f"evergreen: warning: {_HALF_AN_INIT}", err=True)
    for doubt in loaded.config.doubts():
        click.echo(f"evergreen: warning: {one_line(doubt)}", err=True)
    return loaded


def _pairs(overrides: tuple[str, ...]) -> dict[str, str]:
    from pipeline.config.confidential import typed_setting

    pairs = {}
    for override in overrides:
        key, equals, value = override.partition("=")
        if not equals:
            raise ConfigError(
                f"--set {typed_setting(override)}: expected KEY=VALUE, as in --set window.days=30"
            )
        pairs[key] = value
    return pairs


def day_argument(text: str) -> dt.date:
    """Returns the day that an argument names.

    Raises:
      BadParameter: it is no day written YYYY-MM-DD.
    """
    try:
        return iso_day(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no day of the calendar written YYYY-MM-DD, as in 2013-01-31."
        ) from None
