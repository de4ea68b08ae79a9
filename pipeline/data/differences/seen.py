"""What the newest data holds, beside what columns.yaml says of it. Pure Python."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping

MOST_EXAMPLES = 5


@dataclasses.dataclass
class Cells:
    """Cells of one kind, such as those above a column's `max`: how many, on which days, and some of them.

    Attributes:
      rows: how many.
      days: of the spans that have them.
      examples: different ones, the first that were seen.
    """

    rows: int = 0
    days: list[dt.date] = dataclasses.field(default_factory=list)
    examples: list[str] = dataclasses.field(default_factory=list)

    def add(self, day: dt.date, rows: int, examples: Iterable[str] = ()) -> None:
        """Counts cells of a day."""
        if not rows:
            return
        self.rows += rows
        if day not in self.days:
            self.days.append(day)
        for example in examples:
            if len(self.examples) < MOST_EXAMPLES and example not in self.examples:
                self.examples.append(example)


@dataclasses.dataclass
class ColumnSeen:
    """What a column of columns.yaml holds.

    Attributes:
      days: of the spans that have the column.
      empty: cells with nothing in them.
      untyped: cells that are no value of its dtype.
      numbers: whether all of those are numbers.
      unlisted: values that are not among its `values`, each with its rows; empty where it lists none.
      others: the cells of `unlisted`, as a whole.
      below, above: cells beyond its `min` and `max`.
      low, high: the most extreme of them.
    """

    days: list[dt.date] = dataclasses.field(default_factory=list)
    empty: Cells = dataclasses.field(default_factory=Cells)
    untyped: Cells = dataclasses.field(default_factory=Cells)
    numbers: bool = True
    unlisted: dict[str, int] = dataclasses.field(default_factory=dict)
    others: Cells = dataclasses.field(default_factory=Cells)
    below: Cells = dataclasses.field(default_factory=Cells)
    above: Cells = dataclasses.field(default_factory=Cells)
    low: float | None = None
    high: float | None = None


@dataclasses.dataclass(frozen=True)
class NewColumn:
    """A column that columns.yaml does not have.

    Attributes:
      name: in the header.
      cells: its cells that hold something.
      days: of the spans that have the column.
      dtype, kind: as a line of columns.yaml would say.
      why: on what the kind rests, or why the column says nothing of a row.
      distinct: number of different values.
      useless: whether it would be left out, as a constant or an index would.
    """

    name: str
    cells: Cells
    days: tuple[dt.date, ...]
    dtype: str
    kind: str
    why: str
    distinct: int
    useless: bool = False


@dataclasses.dataclass(frozen=True)
class TableSeen:
    """What the newest spans hold.

    Attributes:
      days: of the spans.
      rows: in all of them.
      columns: name to what it holds, of the columns of columns.yaml that a span has.
      new: the others.
      unread: a sentence for each span that cannot be read at all.
      has_header: whether a column without a value is there all the same.
      older: spans of the window before them, which were not looked at.
    """

    days: tuple[dt.date, ...]
    rows: int
    columns: Mapping[str, ColumnSeen]
    new: tuple[NewColumn, ...] = ()
    unread: tuple[str, ...] = ()
    has_header: bool = True
    older: int = 0
