"""The commands `evergreen traffic …`: what becomes of the request log."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import day_argument, with_config

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from serving.traffic.request_log import RequestLogSettings


@click.group()
def traffic() -> None:
    """Looks after the requests that `evergreen serve` logged.

    Example: evergreen traffic compact
    """


@traffic.command()
@with_config
def compact(config: Config) -> None:
    """Makes Parquet of the request log's closed files, a folder a day, and removes days that are too old.

    May run at any time beside the server, as from cron, and be killed: nothing is lost or twice.

    Example: evergreen traffic compact
    """
    from pipeline.config import columns
    from pipeline.traffic.compact import DAYS
    from pipeline.traffic.compact import compact as compact_log

    folder = _folder(config)
    kept = [each for each in columns.read().request if each.name not in config.request_log.drop]
    today = dt.datetime.now(dt.timezone.utc).date()
    done = compact_log(folder, kept, config.request_log.keep_days, today)
    log = config.request_log
    click.echo(
        f"compacted {_counted(done.files, 'file')}: {_counted(done.rows, 'row')}, into {folder / DAYS}"
    )
    if done.open:
        click.echo(
            f"open      {_counted(done.open, 'file')} still written to; one is closed at {log.rotate_mb} MB, "
            f"after {log.rotate_s:g} s, or when its server stops"
        )
    if done.adopted:
        click.echo(f"of them   {_counted(done.adopted, 'file')} left behind by a server that was killed")
    if done.unread:
        click.echo(f"unread    {_counted(done.unread, 'line')} cut or damaged, and lost")
    if done.removed:
        click.echo(f"removed   {_counted(len(done.removed), 'day')}, up to {max(done.removed)}")


@traffic.command()
@with_config
@click.option(
    "--day", required=True, type=day_argument, metavar="YYYY-MM-DD", help="The day in the date column."
)
@click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path), help="A folder.")
def span(config: Config, day: dt.date, into: Path) -> None:
    """Writes the logged rows of a day as a CSV with the columns of the data, the label's empty.

    The day is that of the model's date column, whenever a row was asked for; of a model without one, the day
    of the request in UTC.

    Example: evergreen traffic span --day 2013-12-31 --into to-label
    """
    from pipeline.config import columns
    from pipeline.traffic.compact import DAYS
    from pipeline.traffic.span import write_span

    path, rows = write_span(_folder(config) / DAYS, day, columns.read(), into)
    click.echo(f"wrote     {_counted(rows, 'row')} into {path}; put the labels in before ingestion reads it")


def log_settings(config: Config) -> RequestLogSettings | None:
    """Returns what the server logs of requests; None for nothing."""
    from pipeline.config import columns
    from pipeline.traffic.compact import LINES
    from serving.traffic.request_log import RequestLogSettings

    section = config.request_log
    if not section.enabled:
        return None
    key = config.rollout.key.column
    if key in section.drop:
        click.echo(
            f"evergreen: warning: rollout.key.column is {key}, which request_log.drop names: the request log "
            "keeps no key that is from it",
            err=True,
        )
    return RequestLogSettings(
        folder=_folder(config) / LINES,
        sample=section.sample,
        columns=frozenset(column.name for column in columns.read().request),
        dropped=frozenset(section.drop),
        rotate_bytes=section.rotate_mb << 20,
        rotate_s=section.rotate_s,
        most_bytes=section.most_mb << 20,
    )


def _folder(config: Config) -> Path:
    return Path(config.root).resolve() / config.request_log.folder


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
