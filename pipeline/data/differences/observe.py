"""Counts in spans, as text, what columns.yaml does not expect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.differences.seen import MOST_EXAMPLES, Cells, ColumnSeen, NewColumn
from pipeline.data.infer.survey import Survey
from pipeline.data.profile.column_profile import ColumnProfile
from pipeline.data.profile.profiler import Profiler
from trainer.column import Column

_MOST_UNLISTED = 1_000
_WHOLE = r"^[ \t]*-?[0-9]{1,18}(\.0+)?[ \t]*$"
_NUMBER = r"^[ \t]*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?[ \t]*$"
_TYPES = {"int64": _WHOLE, "float32": _NUMBER}
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2})?$"


class Observer:
    """Counts a column of columns.yaml over spans; `seen` has what came of it."""

    def __init__(self, column: Column):
        self._column = column
        self._listed = pa.array([str(value) for value in column.values], pa.string())
        self.seen = ColumnSeen()

    def add(self, day: dt.date, cells: pa.StringArray) -> None:
        """Counts cells of a day; an empty one is null."""
        seen = self.seen
        if day not in seen.days:
            seen.days.append(day)
        cells = pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
        seen.empty.add(day, cells.null_count)
        filled = cells.drop_null()
        form = _TYPES.get(self._column.dtype)
        if form:
            fits = pc.match_substring_regex(filled, form)
            self._add_untyped(day, filled.filter(pc.invert(fits)))
            filled = pc.ascii_trim_whitespace(filled.filter(fits))
        if len(self._listed):
            self._add_unlisted(day, _canonical(filled, self._column.dtype))
        elif form:
            self._add_beyond(day, filled)

    def _add_untyped(self, day: dt.date, cells: pa.StringArray) -> None:
        self.seen.untyped.add(day, len(cells), _first(cells))
        if len(cells) and not pc.all(pc.match_substring_regex(cells, _NUMBER)).as_py():
            self.seen.numbers = False

    def _add_unlisted(self, day: dt.date, cells: pa.StringArray) -> None:
        others = cells.filter(pc.invert(pc.is_in(cells, value_set=self._listed)))
        self.seen.others.add(day, len(others), _first(others))
        for each in pc.value_counts(others).to_pylist():
            value, rows = each["values"], each["counts"]
            if value in self.seen.unlisted or len(self.seen.unlisted) < _MOST_UNLISTED:
                self.seen.unlisted[value] = self.seen.unlisted.get(value, 0) + rows

    def _add_beyond(self, day: dt.date, cells: pa.StringArray) -> None:
        numbers = cells.cast(pa.float64()) if len(cells) else pa.array([], pa.float64())
        seen, column = self.seen, self._column
        if column.min is not None:
            low = _add(seen.below, day, cells, pc.less(numbers, column.min), numbers, pc.min)
            seen.low = min((each for each in (seen.low, low) if each is not None), default=None)
        if column.max is not None:
            high = _add(seen.above, day, cells, pc.greater(numbers, column.max), numbers, pc.max)
            seen.high = max((each for each in (seen.high, high) if each is not None), default=None)


def _add(
    into: Cells,
    day: dt.date,
    cells: pa.StringArray,
    beyond: pa.BooleanArray,
    numbers: pa.Array,
    extreme: object,
) -> float | None:
    found = cells.filter(beyond)
    into.add(day, len(found), _first(found))
    return extreme(numbers.filter(beyond)).as_py()  # type: ignore[operator]


def _first(cells: pa.StringArray) -> list[str]:
    return cells.unique().slice(0, MOST_EXAMPLES).to_pylist()


def _canonical(cells: pa.StringArray, dtype: str) -> pa.StringArray:
    """Returns whole numbers without the point that pandas writes."""
    return pc.replace_substring_regex(cells, r"\.0+$", "") if dtype == "int64" else cells


class NewObserver:
    """Counts a column that columns.yaml does not have."""

    def __init__(self, name: str, *, typed: bool):
        """Counts nothing yet.

        Args:
          name: in the header.
          typed: whether the data has types of its own, so that true is no text.
        """
        self._name, self._typed = name, typed
        self._profiler = Profiler([name])
        self._cells, self._days = Cells(), list[dt.date]()
        self._matches = {"int64": True, "float32": True, "day": True, "moment": True, "truth": typed}

    def add(self, day: dt.date, cells: pa.StringArray) -> None:
        """Counts cells of a day."""
        if day not in self._days:
            self._days.append(day)
        self._profiler.add(pa.RecordBatch.from_arrays([cells], [self._name]))
        filled = cells.drop_null()
        filled = filled.filter(pc.not_equal(filled, ""))
        self._cells.add(day, len(filled), _first(filled))
        forms = {**_TYPES, "day": _DAY, "moment": _MOMENT, "truth": "^(true|false)$"}
        for what, form in forms.items():
            if self._matches[what] and len(filled):
                self._matches[what] = bool(pc.all(pc.match_substring_regex(filled, form)).as_py())

    def is_in_any(self, days: Sequence[dt.date]) -> bool:
        """Returns whether one of the days has it."""
        return any(day in days for day in self._days)

    def found(self, today: dt.date) -> NewColumn:
        """Returns what the column is, as ingestion reads it: strictly, whatever `init` could make of it."""
        (profile,) = self._profiler.columns()
        survey = Survey(profile.rows, (profile,), self._profiler.sample())
        (proposed,) = survey.proposals(None, today)
        dtype = self._dtype()
        kind = self._kind(dtype, proposed.kind)
        return NewColumn(
            name=self._name,
            cells=self._cells,
            days=tuple(self._days),
            dtype=dtype,
            kind=kind,
            why=proposed.reason if proposed.left_out or proposed.kind == kind else "",
            distinct=profile.distinct,
            useless=proposed.left_out and not _is_one_value_of_several(profile, len(self._days)),
        )

    def _dtype(self) -> str:
        if self._matches["truth"] or self._matches["int64"]:
            return "int64"
        return "float32" if self._matches["float32"] else "string"

    def _kind(self, dtype: str, proposed: str) -> str:
        if dtype == "float32":
            return "number"
        if dtype == "int64":
            return "category" if self._matches["truth"] else proposed if proposed in _INTEGERS else "number"
        if self._matches["day"]:
            return "date"
        if self._matches["moment"]:
            return "timestamp"
        return "text" if proposed == "text" else "category"


_INTEGERS = ("number", "category", "clock")


def _is_one_value_of_several(profile: ColumnProfile, days: int) -> bool:
    """Returns whether a column is only constant because it is of one day."""
    return days == 1 and profile.distinct == 1


def observe(
    columns: Sequence[Column], spans: Iterable[tuple[dt.date, pa.RecordBatch]], *, typed: bool
) -> tuple[dict[str, ColumnSeen], list[NewObserver], int]:
    """Returns what the columns hold, the observers of other columns, and how many rows there are.

    Args:
      columns: of columns.yaml.
      spans: batches of text columns, each with the day of its span.
      typed: whether the data has types of its own.
    """
    known = {column.name: Observer(column) for column in columns}
    new: dict[str, NewObserver] = {}
    rows = 0
    for day, batch in spans:
        rows += batch.num_rows
        for name, cells in zip(batch.schema.names, batch.columns, strict=True):
            if name in known:
                known[name].add(day, cells)
            else:
                new.setdefault(name, NewObserver(name, typed=typed)).add(day, cells)
    return {name: each.seen for name, each in known.items() if each.seen.days}, [*new.values()], rows
