"""The command `evergreen schema propose`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.one_line import one_line
from pipeline.cli.options import day_argument, with_config
from pipeline.cli.project_folder import project_root

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pipeline.config.config import Config
    from pipeline.data.differences.difference_rule import Difference
    from pipeline.data.differences.seen import TableSeen

_WIDTH = 24


@click.group()
def schema() -> None:
    """Compares the columns of the newest data with trainer/columns.yaml.

    Example: evergreen schema propose
    """


@schema.command()
@with_config
@click.option(
    "--days", type=click.IntRange(1, 10_000), default=7, show_default=True, help="The newest spans."
)
@click.option(
    "--until", type=day_argument, metavar="YYYY-MM-DD", help="The last of them; the newest, if left out."
)
@click.option(
    "--accept", "names", multiple=True, metavar="NAME", help="Write this difference into columns.yaml."
)
@click.option("--accept-all", "every", is_flag=True, help="Write all that needs no caution.")
def propose(config: Config, days: int, until: dt.date | None, names: tuple[str, ...], every: bool) -> None:
    """Shows how the newest data differs from trainer/columns.yaml, and writes what a person accepts.

    New columns and values, wider ranges, empty cells, other types, lost columns; each with its rows, days and
    examples, and a name to accept it by. Without --accept nothing is written.

    Example: evergreen schema propose --days 14 --accept carrier.values
    """
    import datetime as dt

    from pipeline.config import columns
    from pipeline.data.differences.difference_rule import accepted, compare
    from pipeline.data.differences.newest import look
    from pipeline.errors import DataError

    table = columns.read()
    seen = look(config, table, days, dt.date.today(), until)
    for fault in seen.unread:
        click.echo(one_line(f"unread    {fault}"))
    if not seen.days:
        raise DataError("none of the newest spans can be read, so nothing was compared; mend one of them")
    differences = compare(table, seen)
    for line in _page(seen, differences):
        click.echo(one_line(line))
    chosen = accepted(differences, names, every=every)
    if not chosen:
        _say_nothing_written(differences, every=every, all_read=not seen.unread)
        return
    _write(_columns_file(), chosen)
    for each in chosen:
        click.echo(one_line(f"wrote     {each.name}{f': {each.caution}' if each.caution else ''}"))
    click.echo("next      look at it with `git diff trainer/columns.yaml`, then `evergreen run`")


def _page(seen: TableSeen, differences: Sequence[Difference]) -> Iterator[str]:
    from pipeline.spans.left_out import name_days

    number = len(seen.days)
    yield (
        f"compared  {number} span{'s' * (number != 1)}, {name_days(seen.days)}: {seen.rows:,} rows, with "
        "trainer/columns.yaml"
    )
    for each in differences:
        yield f"{each.name:<{_WIDTH}}{each.sentence}"
        if each.caution:
            yield f"{'':<{_WIDTH}}by its name only: {each.caution}"
        elif each.edit is None:
            yield f"{'':<{_WIDTH}}not by a command: {each.advice.removeprefix(each.sentence).lstrip(';, ')}"


def _say_nothing_written(differences: Sequence[Difference], *, every: bool, all_read: bool) -> None:
    if not differences:
        what = "the data" if all_read else "what could be read"
        click.echo(f"nothing to propose: {what} is as trainer/columns.yaml says")
    elif every:
        click.echo("nothing was written: none of these can be accepted but by its name, or by hand")
    elif any(each.edit for each in differences):
        click.echo("nothing was written; --accept NAME (or --accept-all) writes into trainer/columns.yaml")
    else:
        click.echo("nothing was written; none of these can be accepted by a command")


def _write(path: Path, chosen: Sequence[Difference]) -> None:
    from pipeline.data.write import columns_edit, yaml_lines

    text = path.read_bytes().decode()
    edits = [each.edit for each in chosen if each.edit]
    yaml_lines.write(path, columns_edit.edited(text, edits))


def _columns_file() -> Path:
    import os
    from pathlib import Path

    from trainer import features

    instead = os.environ.get(features.INSTEAD)
    return Path(instead) if instead else project_root() / "trainer" / "columns.yaml"
