"""Reads a raw table whole, and says what each of its columns is."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from pipeline.data.infer import decimal_marks
from pipeline.data.infer.date_forms import Order
from pipeline.data.infer.names import identifiers
from pipeline.data.infer.odd_numbers import infer_column
from pipeline.data.infer.proposed import Context, Proposed
from pipeline.data.profile.column_profile import INFINITE, ColumnProfile
from pipeline.data.profile.profiler import SAMPLE_ROWS, Profiler
from pipeline.data.raw.header_again import batches_of
from pipeline.data.raw.raw_data import RawData
from pipeline.data.raw.typed_text import words_for

_BATCH_ROWS = 100_000


@dataclasses.dataclass(frozen=True)
class Survey:
    """What a table holds.

    Attributes:
      rows: of the table.
      profiles: of its columns, in the order of the header.
      sample: every k-th row, as text.
      infinite: column to how many of its cells were infinite, and count as empty.
      delimiter: what separates its cells; nothing where something typed was read.
    """

    rows: int
    profiles: tuple[ColumnProfile, ...]
    sample: pa.Table
    infinite: Mapping[str, int] = dataclasses.field(default_factory=dict)
    delimiter: str = ""

    def proposals(self, order: Order | None, today: dt.date) -> tuple[Proposed, ...]:
        """Returns what each column is, as a feature.

        Args:
          order: day or month first; None where nobody said.
          today: decides the century of two-digit years.
        """
        context = Context(
            decimal_marks.of_file(self.profiles),
            order,
            today,
            decimal_marks.likely_of_file(self.profiles, self.delimiter),
        )
        names = identifiers([profile.name for profile in self.profiles])
        return tuple(
            self._with_infinite(profile, infer_column(profile, name, context))
            for profile, name in zip(self.profiles, names, strict=True)
        )

    def _with_infinite(self, profile: ColumnProfile, column: Proposed) -> Proposed:
        """Returns a column with a warning where infinite cells of it are read as empty."""
        written = sum(profile.codes.get(word, 0) for word in INFINITE if word in column.rule.nulls)
        count = self.infinite.get(column.source, 0) + written
        if not count:
            return column
        return column.warned(words_for(count))


def _larger(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yields the same rows in fewer batches: what is counted of a batch costs more than each of its rows."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(each.num_rows for each in waiting) >= _BATCH_ROWS:
            yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()
            waiting = []
    if waiting:
        yield from pa.Table.from_batches(waiting).combine_chunks().to_batches()


def survey(raw: RawData) -> Survey:
    """Returns what a table holds, from all of its rows.

    Raises:
      DataError: something cannot be read.
    """
    profiler = Profiler(raw.header, SAMPLE_ROWS)
    for batch in _larger(batches_of(raw)):
        profiler.add(batch)
    profiles = profiler.columns()
    return Survey(
        *(profiles[0].rows if profiles else 0, profiles, profiler.sample(), raw.infinite()),
        delimiter=raw.dialect.delimiter if raw.dialect.format == "csv" else "",
    )
