"""New rows of spans that are there already: what is written, what was known, and what is refused."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import filecmp
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from pipeline.data.imports.csv_rows import cells_of, rows_of
from pipeline.data.imports.known_day import decide, shared
from pipeline.data.imports.span_names import next_free_day
from pipeline.data.imports.staging import Staging
from pipeline.data.rules.import_rules import ImportRules
from pipeline.errors import DataError

OnKnown = Literal["refuse", "add", "replace", "supersede"]
_SUFFIX = ".csv"


@dataclasses.dataclass
class Merged:
    """What became of the staged rows.

    Attributes:
      written: span to the number of rows that it has now, of the spans that are to be published.
      known: spans that had all of the rows already.
      notes: sentences on days that were there.
      superseded: deliveries all rows of which are in the new one.
    """

    written: dict[dt.date, int] = dataclasses.field(default_factory=dict)
    known: tuple[dt.date, ...] = ()
    notes: tuple[str, ...] = ()
    superseded: tuple[dt.date, ...] = ()


@dataclasses.dataclass(frozen=True)
class DayMerge:
    """How new rows of days join old ones.

    Attributes:
      file: that the new rows are from.
      rules: of it.
      label: name of the label's column.
      on_known: what was asked for.
    """

    file: str
    rules: ImportRules
    label: str | None
    on_known: OnKnown

    def span(self, old: Path, new: Path) -> tuple[list[str], list[str]]:
        """Returns the rows that a span is to have, by day, and notes; no rows where nothing is new.

        Raises:
          DataError: the old file has other columns, or a day's rows are refused.
        """
        (old_header, old_rows), (new_header, new_rows) = rows_of(old), rows_of(new)
        if old_header != new_header:
            raise DataError(
                f"{old}: its header is not that of {self.file} by pipeline/configs/import.yaml, so their "
                "rows do not belong into one file; run `evergreen init` again on all of them"
            )
        old_days, new_days = self._by_day(old_rows), self._by_day(new_rows)
        result, notes, changed = [], [], False
        for day in sorted(old_days.keys() | new_days.keys()):
            rows, note = self._day(day, old_days.get(day, []), new_days.get(day, []), old.name)
            changed = changed or rows is not old_days.get(day)
            result += rows
            notes += note
        return (result if changed else []), notes

    def _day(self, day: str, old: list[str], new: list[str], span: str) -> tuple[list[str], list[str]]:
        if not new:
            return old, []
        if not old:
            return new, []
        decision = decide(old, new, self._without_label)
        if decision == "known" and (self.on_known != "replace" or len(old) == len(new)):
            return old, []
        if decision == "grown":
            return new, [f"{day}: {_rows(len(new) - len(old))} added to the {len(old):,} that were there"]
        if self.on_known == "replace":
            return new, [f"{day}: {_rows(len(new))} in place of the {len(old):,} that were there"]
        if decision == "add" or self.on_known == "add":
            return old + new, [f"{day}: {_rows(len(new))} added to the {len(old):,} that were there"]
        what = (
            f"{shared(old, new):,} of its {_rows(len(new))} of {day} are among the {len(old):,} of {span}"
            if decision == "overlap"
            else f"its {_rows(len(new))} of {day} are those of {span} with other labels"
        )
        raise DataError(
            f"{self.file}: {what}, and nothing was written; `evergreen import --replace` puts them in "
            "place of the old ones, --add keeps both"
        )

    def _by_day(self, rows: Iterable[str]) -> dict[str, list[str]]:
        at = [rule.name for rule in self.rules.columns].index(self.rules.date or "")
        days: dict[str, list[str]] = {}
        for row in rows:
            days.setdefault(cells_of(row)[at], []).append(row)
        return days

    def _without_label(self, row: str) -> str:
        names = [rule.name for rule in self.rules.columns]
        return "\x1f".join(
            cell for name, cell in zip(names, cells_of(row), strict=True) if name != self.label
        )


def merge_day_spans(staging: Staging, folder: Path, days: Mapping[dt.date, int], merge: DayMerge) -> Merged:
    """Joins staged spans with those of the folder, so that publishing them loses and doubles no row.

    Args:
      staging: one file for each span.
      folder: of the spans that are there.
      days: span to the number of new rows.
      merge: how rows are joined.

    Raises:
      DataError: as `DayMerge.span`; or a span is there compressed.
    """
    merged = Merged()
    for name in staging.names():
        day, old = dt.date.fromisoformat(name.removesuffix(_SUFFIX)), folder / name
        _refuse_packed(old)
        rows, notes = ([], []) if not old.exists() else _joined(staging, old, merge)
        if not old.exists():
            merged.written[day] = days[day]
        elif rows:
            staging.rewrite(name, rows)
            merged.written[day] = len(rows)
        else:
            staging.remove(name)
            merged.known += (day,)
        merged.notes += tuple(notes)
    return merged


def _joined(staging: Staging, old: Path, merge: DayMerge) -> tuple[list[str], list[str]]:
    new = staging.path(old.name)
    return ([], []) if filecmp.cmp(old, new, shallow=False) else merge.span(old, new)


def merge_delivery(
    staging: Staging, name: str, folder: Path, rows: int, day: dt.date | None, on_known: OnKnown, file: str
) -> Merged:
    """Names a staged delivery of undated rows, unless it was imported before.

    Args:
      staging: the delivery in one file.
      name: of that file.
      folder: of the spans that are there.
      rows: of the delivery.
      day: to name it by; None for today or the next free day.
      on_known: replace: whether the span of that day may be there; add: whether an old one may be part of it;
        supersede: those that are part of it are to go, and it takes the name of the newest of them.
      file: that the rows are from.

    Raises:
      DataError: the day is taken, or the delivery repeats all rows of an older one.
    """
    spans = spans_of(folder)
    new = staging.path(name)
    superseded: tuple[dt.date, ...] = ()
    for old_day, old in sorted(spans.items()):
        if old_day == day and on_known == "replace":
            continue
        if filecmp.cmp(old, new, shallow=False):
            staging.remove(name)
            return Merged(known=(old_day,))
        if on_known not in ("refuse", "supersede") or not _holds_all(new, old):
            continue
        superseded += (old_day,)
        if on_known == "refuse":
            raise DataError(
                f"{file}: every row of {old.name} is in it, so that they would count twice, and nothing was "
                f"written; import the new rows only, or --as {old_day} --replace puts this file in the place "
                "of the old one, or --add keeps both"
            )
    if day in spans and on_known != "replace":
        raise DataError(f"{spans[day]} is there; choose another day for --as, or --replace")
    chosen = day or max(superseded, default=None) or next_free_day(dt.date.today(), spans)
    _refuse_packed(folder / f"{chosen}{_SUFFIX}")
    staging.rename(name, f"{chosen}{_SUFFIX}")
    notes = (f"{each}{_SUFFIX}: all its rows are in {file}, which takes its place" for each in superseded)
    return Merged({chosen: rows}, notes=tuple(notes), superseded=superseded)


def spans_of(folder: Path) -> dict[dt.date, Path]:
    """Returns the spans of a folder by their first days."""
    spans = {}
    for path in folder.glob(f"????-??-??{_SUFFIX}"):
        with contextlib.suppress(ValueError):  # no day
            spans[dt.date.fromisoformat(path.name.removesuffix(_SUFFIX))] = path
    return spans


def _holds_all(new: Path, old: Path) -> bool:
    """Returns whether every row of an old delivery is in a new one, as often."""
    if old.stat().st_size > new.stat().st_size:
        return False
    rows = _hashes(rows_of(old)[1])
    return bool(rows) and rows <= _hashes(rows_of(new)[1])


def _hashes(rows: Sequence[str]) -> Counter[int]:
    return Counter(map(hash, rows))  # a tenth of the rows' memory


def _refuse_packed(path: Path) -> None:
    packed = path.with_name(f"{path.name}.gz")
    if packed.exists():
        raise DataError(
            f"{packed} is there, compressed, so that its rows cannot be compared; unpack it (gunzip)"
        )


def _rows(number: int) -> str:
    return f"{number:,} row{'s' * (number != 1)}"
