"""The command `evergreen import`."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pipeline.cli.options import day_argument, with_config
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from pipeline.config.config import Config
    from pipeline.data.imports.import_spans import Outcome
    from pipeline.data.rules.import_rules import ImportRules

_SHOWN = 5
_PROGRESS_S = 2.0


@click.command("import")
@click.argument("file")
@with_config
@click.option(
    "--as",
    "day",
    type=day_argument,
    metavar="YYYY-MM-DD",
    help="Names the span of undated rows; today or the next free day, if left out.",
)
@click.option("--replace", is_flag=True, help="Puts the rows of a day in the place of those that are there.")
@click.option("--add", is_flag=True, help="Adds the rows of a day to those that are there.")
@click.option("--dry-run", is_flag=True, help="Says what would be written, and writes nothing.")
def import_data(
    config: Config, file: str, day: dt.date | None, replace: bool, add: bool, dry_run: bool
) -> None:
    """Reads FILE by pipeline/configs/import.yaml, and writes its rows as spans into the folder data.source.

    FILE is a CSV, TSV or Parquet file, also as .gz, a folder of such files, or bigquery://PROJECT/DATASET/TABLE.
    All of it is written or nothing; rows that are there already are not written again.

    Example: evergreen import tomorrow.csv --dry-run
    """
    if replace and add:
        raise ConfigError("--replace and --add exclude each other; choose one")
    # Arrow takes a second to import, which `--help` must not pay.
    from pipeline.config import columns
    from pipeline.data.convert import for_project
    from pipeline.data.imports.import_spans import Options, import_spans
    from pipeline.data.raw.open_raw import open_raw

    rules = for_project.rules(config)
    if day is not None and rules.date is not None:
        raise ConfigError(f"--as names undated rows, and these are grouped by {rules.date}; leave it out")
    expected = for_project.expected(rules, columns.read().columns)
    options = Options(
        "replace" if replace else "add" if add else "refuse",
        day,
        dry_run,
        config.data.ready_marker,
        _Progress(),
    )
    outcome = import_spans(
        open_raw(file, rules.dialect), rules, expected, for_project.folder(config), options
    )
    for line in summary(outcome, rules, config.data.source, dry_run=dry_run):
        click.echo(line)


def summary(outcome: Outcome, rules: ImportRules, folder: str, *, dry_run: bool) -> Sequence[str]:
    """Returns what an import says at its end."""
    days = "" if outcome.first_day is None else f" from {outcome.first_day} to {outcome.last_day}"
    lines = [f"{outcome.rows:,} rows{days}"]
    if outcome.written:
        verb = "would be written" if dry_run else "written"
        lines.append(f"{_spans([*outcome.written])} {verb} into {folder}")
    if outcome.known:
        nothing = "" if outcome.written else "; nothing changed"
        lines.append(f"{_spans(outcome.known)} imported before{nothing}")
    lines += outcome.notes[:_SHOWN]
    if len(outcome.notes) > _SHOWN:
        lines.append(f"and {len(outcome.notes) - _SHOWN} more days like these")
    if rules.left_out:
        lines.append(f"left out: {', '.join(each.source for each in rules.left_out)}")
    return lines


def _spans(days: Sequence[dt.date]) -> str:
    if len(days) == 1:
        return f"{days[0]}.csv"
    return f"{len(days):,} spans, {min(days)}.csv to {max(days)}.csv,"


class _Progress:
    """Says on stderr how many rows were read, every two seconds."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _PROGRESS_S

    def __call__(self, rows: int) -> None:
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _PROGRESS_S
            print(f"{rows:,} rows read", file=sys.stderr)
