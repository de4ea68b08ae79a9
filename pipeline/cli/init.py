"""The command `evergreen init`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from pipeline.cli.one_line import one_line
from pipeline.cli.project_folder import project_root

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.data.infer.survey import Survey
    from pipeline.data.propose.questions import Answers, Asks
    from pipeline.data.write.project import Change


@click.command()
@click.argument("file")
@click.option("--label", required=True, metavar="COLUMN", help="The column to predict.")
@click.option("--positive", metavar="CLASS", help="Which of two classes the probability is of.")
@click.option("--date", metavar="COLUMN", help="The column of a row's day; none for a table without one.")
@click.option("--day-first", is_flag=True, help="01/02/2013 is February 1.")
@click.option("--month-first", is_flag=True, help="01/02/2013 is January 2.")
@click.option("--split-key", metavar="COLUMN", help="The column that says who a row belongs to; or none.")
@click.option("--keep", multiple=True, metavar="COLUMN", help="Keep a column that would be left out.")
@click.option("--leave-out", multiple=True, metavar="COLUMN", help="Leave a column out.")
@click.option(
    "--name", metavar="NAME", help="Of pipeline, model and data folder; from FILE's name, if left out."
)
@click.option("--yes", is_flag=True, help="Ask nothing; take the default of each question.")
@click.option("--dry-run", is_flag=True, help="Print what would change, and write nothing.")
@click.option("--without-sample", is_flag=True, help="Delete the sample, and the tests and benchmarks of it.")
def init(
    file: str,
    label: str,
    name: str | None,
    day_first: bool,
    month_first: bool,
    yes: bool,
    dry_run: bool,
    without_sample: bool,
    **flags: object,
) -> None:
    """Makes this project one of your own table: proposes columns, gates and spans, and writes them.

    FILE is a CSV, TSV or Parquet file (also as .gz), a folder of them, or bigquery://project/dataset/table.

    Example: evergreen init customers.csv --label churned
    """
    from pipeline.data.propose import contradictions
    from pipeline.data.propose.questions import Answers
    from pipeline.data.write import journal, project

    order = contradictions.order(day_first=day_first, month_first=month_first)
    answers = Answers(order=order, **flags)  # type: ignore[arg-type]
    contradictions.refuse(answers, label)
    root = project_root()
    if not dry_run:
        if journal.finish(root):
            click.echo(
                "finished what an earlier init had begun, and did nothing else; look at it with `git diff`, "
                "commit it, and go on with `evergreen run`"
            )
            return
        project.refuse_dirty(root)
    name = name or project.name_before(root) or _name_of(file)
    _propose_and_write(root, file, label, name, answers, yes=yes, dry_run=dry_run)
    if without_sample and not dry_run:
        click.echo(f"deleted   {', '.join(project.delete_sample(root))}")


def _propose_and_write(
    root: Path, file: str, label: str, name: str, answers: Answers, *, yes: bool, dry_run: bool
) -> None:
    import datetime as dt

    from pipeline.data.infer.survey import survey
    from pipeline.data.propose.proposal import propose
    from pipeline.data.propose.questions import Nobody
    from pipeline.data.raw.open_raw import open_raw
    from pipeline.data.rules.dialect import described
    from pipeline.data.write import place, printed, project

    _check_name(name)
    raw = open_raw(file)
    found = survey(raw)
    asks = _asks(found, answers, yes=yes)
    proposal = propose(found, label, answers, asks, dt.date.today())
    if isinstance(asks, Nobody):
        asks.refuse()
    for line in printed.table(proposal.columns, found.profiles):
        click.echo(one_line(line))
    click.echo()
    click.echo(f"read as   {described(raw.dialect)}")
    for line in (*printed.facts(proposal), *printed.warnings(proposal)):
        click.echo(one_line(line))
    click.echo()
    files = project.changes(root, proposal, project.rules_of(proposal, raw), name)
    rules, expected = project.agreed(files)
    source = place.source_in(next(change.then for change in files if change.path == project.BASE))
    folder = root / source
    place.check_folder(folder)
    if dry_run:
        _show_diff(files)
        click.echo(f"dry run: nothing was written; the rows would go to {source}")
        return
    outcome, old = project.write(root, raw, rules, expected, files, folder)
    _say_written(files)
    if outcome.written:
        click.echo(f"wrote     {source}: {printed.summary(outcome.written, outcome.rows)}")
    else:
        click.echo(f"unchanged {source}: all {outcome.rows:,} rows are there already")
    for note in outcome.notes:
        click.echo(f"          {note}")
    if old:
        click.echo(f"moved     {old.relative_to(root)}: spans that the rules of before had written")
    click.echo("next      evergreen run")


def _show_diff(files: Sequence[Change]) -> None:
    for change in files:
        for line in change.diff:
            click.echo(line)


def _say_written(files: Sequence[Change]) -> None:
    for change in files:
        path = change.path
        if change.unknown:
            click.echo(
                f"kept      {path}: what init wrote before is not known here, so all of it may be yours"
            )
        elif not change.diff:
            click.echo(f"unchanged {path}")
        else:
            conflicts = change.conflicts
            kept = (
                f"; your edits stay in {conflicts} places that the proposal changes too" if conflicts else ""
            )
            click.echo(f"wrote     {path}{kept}")


def _asks(found: Survey, answers: Answers, *, yes: bool) -> Asks:
    from pipeline.data.propose.questions import Defaults, Nobody, Terminal

    if yes:
        return Defaults()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return Nobody()
    return Terminal(_ask, lambda sources: show_columns(found, answers, sources))


def show_columns(found: Survey, answers: Answers, sources: Sequence[str]) -> None:
    """Prints the lines of some columns, as far as is known before a question on them is answered."""
    import datetime as dt

    from pipeline.data.write import printed

    columns = found.proposals(answers.order, dt.date.today())
    asked = [column for column in columns if column.source in sources]
    for line in printed.table(asked, found.profiles):
        click.echo(one_line(line))


def _ask(text: str, choices: Sequence[str], default: str) -> str:
    answer: str = click.prompt(text, type=click.Choice(list(choices)), default=default)
    return answer


def _name_of(file: str) -> str:
    """Returns a name of small letters, digits and hyphens from a file's."""
    import re

    stem = file.rstrip("/").rpartition("/")[2].partition(".")[0].lower()
    name = re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:40].rstrip("-")
    return name if name and name[0].isalpha() else f"table-{name}".rstrip("-")


def _check_name(name: str) -> None:
    import re

    from components.shown import shown
    from pipeline.errors import ConfigError

    if not re.fullmatch(r"[a-z][a-z0-9-]{0,62}", name):
        raise ConfigError(
            f"--name {shown(name)}: expected small letters, digits and hyphens, a letter first, at most 63 "
            "characters"
        )
