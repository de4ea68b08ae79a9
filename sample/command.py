"""The command `evergreen data`."""

from __future__ import annotations

import datetime
import time
from pathlib import Path

import click

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command(name="data")
@click.option(
    "--into", type=click.Path(path_type=Path), required=True, help="Folder for the files; made if missing."
)
@click.option("--from", "since", type=DAY, default="2013-01-01", show_default=True, help="First day.")
@click.option("--until", type=DAY, default="2013-12-31", show_default=True, help="Last day.")
def data(into: Path, since: datetime.datetime, until: datetime.datetime) -> None:
    """Writes the sample data, the flights that left New York City in 2013, as one CSV file per day.

    \b
    Example:
      evergreen data --into data/flights --until 2013-03-31
    """
    first, last = _days_in_2013(since.date(), until.date())
    started = time.monotonic()
    # pandas and pyarrow take a second to import, which `--help` must not pay.
    from sample.flights import write_days

    try:
        days, rows = write_days(into, first, last)
    except OSError as error:
        raise click.ClickException(
            f"Cannot write the sample data into {str(into)!r} ({error.strerror or error}); "
            "give --into a folder that can be written and has room for 60 MB."
        ) from error
    except RuntimeError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {days} days, {rows:,} flights into {into} in {time.monotonic() - started:.1f} s.")


def _days_in_2013(first: datetime.date, last: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Returns the two days, or raises click's usage error (exit code 2) when they name no flights."""
    if first.year != 2013 or last.year != 2013:
        raise click.BadParameter(
            f"the sample holds the days of 2013 only, not {first} to {last}.", param_hint="--from/--until"
        )
    if first > last:
        raise click.BadParameter(
            f"--from {first} is later than --until {last}; swap them.", param_hint="--from/--until"
        )
    return first, last
