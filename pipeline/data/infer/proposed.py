"""Proposed: what one column of a raw file is proposed to be. Pure Python."""

from __future__ import annotations

import dataclasses
import datetime as dt

from pipeline.data.infer.date_forms import DateForm, Order
from pipeline.data.infer.number_forms import NumberForm
from pipeline.data.profile.column_profile import NULL_CODES, NULL_WORDS, ColumnProfile
from pipeline.data.rules.import_rules import ColumnRule


@dataclasses.dataclass(frozen=True)
class Proposed:
    """One column of the raw file, as it is proposed.

    Attributes:
      source: its header.
      rule: how its cells are read; None for a column that is left out.
      kind, role, required, values, unit: as in trainer/columns.yaml.
      reason: why, for the reader of the table.
      left_out: whether spans do without it.
      warnings: sentences on it.
      dates: how it writes days, if it does.
      form: how it writes numbers, if it does.
      mixed: in which units its numbers are, if not in one.
    """

    source: str
    rule: ColumnRule
    kind: str
    reason: str
    role: str = "feature"
    required: bool = True
    values: tuple[int | str, ...] = ()
    unit: str = ""
    left_out: bool = False
    warnings: tuple[str, ...] = ()
    dates: DateForm | None = None
    form: NumberForm | None = None
    mixed: str = ""

    @property
    def name(self) -> str:
        """The column's name in spans."""
        return self.rule.name

    def dropped(self, reason: str) -> Proposed:
        """Returns the column left out."""
        return dataclasses.replace(self, left_out=True, reason=reason)

    def warned(self, *warnings: str) -> Proposed:
        """Returns a copy with more warnings."""
        return dataclasses.replace(self, warnings=(*self.warnings, *warnings))

    def changed(self, **changes: object) -> Proposed:
        """Returns a copy with other values."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


@dataclasses.dataclass(frozen=True)
class Context:
    """What is known of the whole file when one of its columns is decided on.

    Attributes:
      decimal: what most columns have before decimals; None if none tells.
      order: day or month first, where the command line says so.
      today: two-digit years after this one's are of the last century.
      likely: what is taken to stand before decimals where nothing tells.
    """

    decimal: str | None
    order: Order | None
    today: dt.date
    likely: str = "."


def null_codes(profile: ColumnProfile) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the null codes of a column, and the words in it that are some in other columns."""
    codes = tuple(code for code in profile.codes if code in NULL_CODES and code)
    return codes, tuple(code for code in profile.codes if code in NULL_WORDS)


def short(value: str) -> str:
    """Returns a value as messages show it: quoted, cut at 30 characters."""
    return repr(value if len(value) <= 30 else f"{value[:29]}…")
