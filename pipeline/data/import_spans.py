"""Imports raw data: converts its rows and writes them as spans, all or none."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pipeline.data.raw import RawData
from pipeline.data.rules import ImportRules


@dataclasses.dataclass(frozen=True)
class Expected:
    """What trainer/columns.yaml says of the columns.

    Attributes:
      required: names of columns whose cells may not be empty.
      values: name to the only values that a column may have.
    """

    required: frozenset[str] = frozenset()
    values: Mapping[str, tuple[object, ...]] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Options:
    """What the command line asks for.

    Attributes:
      on_known_days: of a day that the spans have other rows of. refuse: unless nothing speaks against
        adding; add: the new rows to the old ones; replace: the old ones by the new.
      day: the name of the span of grain `file`; None for today or the next free day.
      dry_run: writes nothing.
    """

    on_known_days: Literal["refuse", "add", "replace"] = "refuse"
    day: dt.date | None = None
    dry_run: bool = False


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What an import did, or with `dry_run` would have done.

    Attributes:
      rows: in the raw data.
      written: span (its first day) to its rows now, of the spans written.
      known: spans that had all of the rows already.
      first_day: of the rows; None where they are undated.
      last_day: of the rows.
      notes: sentences for the user, as on days that rows were added to.
    """

    rows: int
    written: Mapping[dt.date, int]
    known: tuple[dt.date, ...]
    first_day: dt.date | None
    last_day: dt.date | None
    notes: tuple[str, ...] = ()


def import_spans(
    raw: RawData, rules: ImportRules, expected: Expected, folder: Path, options: Options
) -> Outcome:
    """Writes the rows of raw data as `<first day of the span>.csv` into a folder, all or nothing.

    Raises:
      DataError: a cell, a column or a day does not fit: one line with file, line, column, value.
    """
    raise NotImplementedError
