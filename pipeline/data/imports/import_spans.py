"""Imports raw data: converts its rows and writes them as spans, all or none."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import compute

from components.spans.grain import GRAINS, GrainName
from pipeline.data.convert.rows_check import Expected, checked_columns
from pipeline.data.imports import far_days, written_by
from pipeline.data.imports.csv_rows import header_line, rows_as_csv, text_of
from pipeline.data.imports.merge import DayMerge, OnKnown, merge_day_spans, merge_delivery, spans_of
from pipeline.data.imports.span_headers import check_spans
from pipeline.data.imports.staging import Staging, staged
from pipeline.data.imports.unnamed_cells import check_unnamed
from pipeline.data.raw.header_again import batches_of
from pipeline.data.raw.raw_data import RawData
from pipeline.data.raw.typed_text import words_for
from pipeline.data.rules.header_rule import check_columns
from pipeline.data.rules.import_rules import ImportRules
from serving.values import quoted

_DELIVERY = "delivery.csv"


@dataclasses.dataclass(frozen=True)
class Options:
    """What the command line asks for.

    Attributes:
      on_known: what becomes of rows of a day that the spans have other rows of. refuse: unless nothing speaks
        against adding them; add: the new rows to the old ones; replace: the old ones by the new; supersede:
        as refuse, but an undated delivery takes the place of those that are part of it.
      day: the name of the span of grain `file`; None for today or the next free day.
      dry_run: writes nothing.
      marker: what the name of a complete span is followed by (data.ready_marker).
      progress: is told the number of rows read so far.
    """

    on_known: OnKnown = "refuse"
    day: dt.date | None = None
    dry_run: bool = False
    marker: str | None = None
    progress: Callable[[int], None] = lambda _: None


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What an import did, or with `dry_run` would have done.

    Attributes:
      rows: in the raw data.
      written: span (its first day) to the number of rows that it has now, of the spans written.
      known: spans that had all of the rows already.
      first_day: of the rows; None where they are undated.
      last_day: of the rows.
      notes: sentences for the user, as on days that rows were added to.
      superseded: deliveries that are part of the new one; whoever asked for that removes them.
    """

    rows: int
    written: Mapping[dt.date, int]
    known: tuple[dt.date, ...]
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    notes: tuple[str, ...] = ()
    superseded: tuple[dt.date, ...] = ()


def import_spans(
    raw: RawData, rules: ImportRules, expected: Expected, folder: Path, options: Options | None = None
) -> Outcome:
    """Writes the rows of raw data as `<first day of the span>.csv` into a folder, all or nothing.

    Raises:
      DataError: a cell, a column or a day does not fit: one line with file, line, column, value.
      BusyError: another import writes into the folder.
    """
    options = options or Options()
    check_columns(raw.name, raw.header, rules)
    with _place(folder, header_of(rules), options) as staging:
        old = spans_of(folder)
        check_spans(old.values(), sorted(_needed(rules, expected)))
        if old:
            written_by.check(folder, rules)
        days = _stage(raw, rules, expected, staging, options.progress)
        staging.flush()
        newest = max(old, default=None)
        if rules.date is None:
            merged = merge_delivery(
                staging, _DELIVERY, folder, days.total(), options.day, options.on_known, raw.name
            )
        else:
            merge = DayMerge(raw.name, rules, expected.label, options.on_known)
            merged = merge_day_spans(staging, folder, _by_span(days, rules.grain), merge)
        if merged.written and not options.dry_run and _are_known(folder, old):
            written_by.record(folder, rules)
    return Outcome(
        days.total(),
        merged.written,
        merged.known,
        min(filter(None, days), default=None),
        max(filter(None, days), default=None),
        (*_finished(staging.finished), *_far(days, newest), *merged.notes, *_infinite(raw)),
        merged.superseded,
    )


def _are_known(folder: Path, old: Mapping[dt.date, Path]) -> bool:
    """Whether it is known which rules wrote all the spans that are there."""
    return not old or (folder / written_by.FILE).exists()


def _finished(spans: int) -> tuple[str, ...]:
    return (f"an import that was interrupted has been finished first: {spans:,} spans",) if spans else ()


def _infinite(raw: RawData) -> list[str]:
    infinite = raw.infinite().items()
    return [f"{raw.name}, column {quoted(name)}: {words_for(count)}" for name, count in infinite]


def _needed(rules: ImportRules, expected: Expected) -> set[str]:
    return set(filter(None, (*expected.required, expected.label, rules.date)))


def _far(days: Counter[dt.date | None], newest: dt.date | None) -> tuple[str, ...]:
    dated = {day: rows for day, rows in days.items() if day is not None}
    return far_days.warnings(dated, newest, dt.date.today())


@contextlib.contextmanager
def _place(folder: Path, header: bytes, options: Options) -> Iterator[Staging]:
    if not options.dry_run:
        with staged(folder, header, options.marker) as staging:
            yield staging
        return
    with tempfile.TemporaryDirectory(prefix="evergreen-import-") as elsewhere:
        yield Staging(Path(elsewhere), header)


def _stage(
    raw: RawData,
    rules: ImportRules,
    expected: Expected,
    staging: Staging,
    progress: Callable[[int], None],
) -> Counter[dt.date | None]:
    """Writes the rows of each span, without header; returns the number of rows of each day."""
    days: Counter[dt.date | None] = Counter()
    rows = 0
    for batch in batches_of(raw):
        place = _places(raw, rows)
        check_unnamed(batch, rules, place)
        columns = checked_columns(batch, rules, expected, place)
        lines = rows_as_csv([*columns.values()])
        if rules.date is None:
            staging.append(_DELIVERY, bytes(text_of(lines)(0, len(lines))))
            days[None] += len(lines)
        else:
            _append_by_day(lines, columns[rules.date], rules, staging, days)
        rows += batch.num_rows
        progress(rows)
    return days


def _places(raw: RawData, before: int) -> Callable[[int], str]:
    """Returns the place of a batch's row; so many rows precede the batch."""
    return lambda row: raw.place(before + row)


def _append_by_day(
    lines: pa.Array,
    column: pa.Array,
    rules: ImportRules,
    staging: Staging,
    days: Counter[dt.date | None],
) -> None:
    """Adds each row to the file of its span; rows of a day keep their order."""
    encoded = column.dictionary_encode()
    found = [dt.date.fromisoformat(text) for text in encoded.dictionary.to_pylist()]
    codes = encoded.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    text = text_of(compute.take(lines, pa.array(order)))
    names = [f"{GRAINS[rules.grain].first_day(day)}.csv" for day in found]
    start = 0
    for day, name, end in zip(found, names, np.cumsum(np.bincount(codes)).tolist(), strict=True):
        staging.append(name, bytes(text(start, end)))
        days[day] += end - start
        start = end


def _by_span(days: Counter[dt.date | None], grain: GrainName) -> Counter[dt.date]:
    """Returns the number of new rows of each span."""
    spans: Counter[dt.date] = Counter()
    for day, rows in days.items():
        if day is not None:
            spans[GRAINS[grain].first_day(day)] += rows
    return spans


def header_of(rules: ImportRules) -> bytes:
    """Returns the first line of the files that rules write."""
    return header_line([rule.name for rule in rules.columns])
