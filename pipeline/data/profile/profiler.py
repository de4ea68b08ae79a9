"""Reads a table once, batch by batch, and counts what infer/ decides on: every row, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.profile import shapes
from pipeline.data.profile.column_profile import ALL_NULL_CODES, NULL_CODES, TIME_OF_DAY, ColumnProfile
from pipeline.data.profile.lone_zeros import has_lone_zero, lone_zero
from pipeline.data.profile.number_range import NumberRange
from pipeline.data.profile.sample import EveryKthRow
from pipeline.data.profile.shape import shape
from pipeline.data.side_by_side import side_by_side

MOST_VALUES = 10_000  # different values of a column that are counted one by one
_MOST_SHAPES = 2_000
_MOST_DAYS = 50_000  # of a century are 36,525
_SKETCH = 2_048  # smallest hashes that are kept: the number of different values to 2 %
_EXAMPLES = 8
SAMPLE_ROWS = 50_000

_CODES = pa.array(ALL_NULL_CODES)
_CODE_SET = frozenset(ALL_NULL_CODES)


class Profiler:
    """Counts batches of a table; `columns` and `sample` have what came of them."""

    def __init__(self, names: Iterable[str], sample_rows: int = SAMPLE_ROWS) -> None:
        self._columns = [_Counter(name) for name in names]
        self._sample = EveryKthRow(sample_rows)

    def add(self, batch: pa.RecordBatch) -> None:
        """Counts a batch of text columns; a missing cell is null or empty."""
        trimmed = side_by_side(_trimmed, batch.columns)
        side_by_side(lambda pair: pair[0].add(pair[1]), zip(self._columns, trimmed, strict=True))
        self._sample.add(pa.RecordBatch.from_arrays(trimmed, names=batch.schema.names))

    def columns(self) -> tuple[ColumnProfile, ...]:
        """Returns the profile of each column."""
        sample = self.sample()
        return tuple(counter.profile(sample[index]) for index, counter in enumerate(self._columns))

    def sample(self) -> pa.Table:
        """Returns every k-th row of the table, as text, at most as many as were asked for."""
        return self._sample.table()


def _trimmed(column: pa.StringArray) -> pa.StringArray:
    return pc.ascii_trim_whitespace(pc.fill_null(column, ""))


class _Counter:
    """One column, so far.

    While there are few different values, only they are counted; what else is wanted of them is taken from
    them at the end. Once there are many, every batch is gone through.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = 0
        self.counts: dict[str, int] | None = {}
        self.many = _Many()

    def add(self, values: pa.StringArray) -> None:
        if not len(values):
            return
        self.rows += len(values)
        if self.counts is not None:
            known = self.counts
            self.counts = _merged(dict(known), _counted(values, MOST_VALUES), MOST_VALUES)
            if self.counts is not None:
                return
            self.many.add_counted(known)
        self.many.add(values)

    def profile(self, sample: pa.ChunkedArray) -> ColumnProfile:
        if self.counts is not None:
            self.many.add_counted(self.counts)
        many = self.many
        distinct = len([value for value in self.counts if value not in many.codes]) if self.counts else None
        filled = sample.filter(pc.invert(pc.is_in(sample, value_set=pa.array(NULL_CODES))))
        words = pc.mean(pc.add(pc.count_substring(filled, " "), 1)).as_py() if len(filled) else 0.0
        examples = filled.slice(0, 1_000).unique().slice(0, _EXAMPLES).to_pylist()
        return ColumnProfile(
            name=self.name,
            rows=self.rows,
            counts=self.counts,
            codes=many.codes,
            shapes=many.shapes or {},
            heads=many.heads,
            point=many.point.numbers(),
            comma=many.comma.numbers(),
            leading_zeros=many.leading_zeros,
            zero_point=many.lone_zeros["."],
            zero_comma=many.lone_zeros[","],
            distinct=_estimate(many.sketch) if distinct is None else distinct,
            words=words,
            longest=many.longest,
            examples=tuple(examples),
        )


class _Many:
    """What is known of a column of any number of different values."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}
        self.shapes: dict[str, int] | None = {}
        self.heads: dict[str, int] | None = {}
        self.point, self.comma = NumberRange(), NumberRange()
        self.leading_zeros = 0
        self.lone_zeros = dict.fromkeys(".,", 0)
        self.longest = 0
        self.sketch = np.zeros(0, np.uint64)

    def add_counted(self, counts: dict[str, int]) -> None:
        """Adds values, each with the number of its rows."""
        if not counts:
            return
        for code in ALL_NULL_CODES:
            if code in counts:
                self.codes[code] = self.codes.get(code, 0) + counts[code]
        filled = {value: count for value, count in counts.items() if value not in _CODE_SET}
        if not filled:
            return
        of_shapes: dict[str, int] = {}
        for value, count in filled.items():
            written = shape(value)
            of_shapes[written] = of_shapes.get(written, 0) + count
        self.shapes = _merged({}, of_shapes, _MOST_SHAPES)
        self.heads = _merged({}, _heads(filled), _MOST_DAYS)
        self.leading_zeros = sum(count for value, count in filled.items() if _leads_with_zero(value))
        for mark in self.lone_zeros:
            self.lone_zeros[mark] = sum(
                count for value, count in filled.items() if has_lone_zero(value, mark)
            )
        self._add_values(pa.array([*filled], pa.string()))

    def add(self, values: pa.StringArray) -> None:
        """Adds a batch of cells."""
        filled = self._without_codes(values)
        if not len(filled):
            return
        if self.shapes is not None:
            self.shapes = _merged(self.shapes, _counted(shapes.shapes(filled), _MOST_SHAPES), _MOST_SHAPES)
        if self.heads is not None:
            heads = pc.replace_substring_regex(filled, TIME_OF_DAY, "")
            self.heads = _merged(self.heads, _counted(heads, _MOST_DAYS), _MOST_DAYS)
        zeros = filled.filter(pc.starts_with(filled, "0"))
        self.leading_zeros += pc.sum(pc.match_substring_regex(zeros, "^0[0-9]")).as_py() or 0
        for mark in self.lone_zeros:
            near = filled.filter(pc.match_substring(filled, f"0{mark}"))
            self.lone_zeros[mark] += (
                pc.sum(pc.match_substring_regex(near, lone_zero(mark))).as_py() or 0 if len(near) else 0
            )
        self._add_values(filled)

    def _add_values(self, filled: pa.StringArray) -> None:
        self.longest = max(self.longest, pc.max(pc.utf8_length(filled)).as_py())
        self.sketch = _smallest(self.sketch, shapes.hashes(filled))
        self.point.add(filled, comma=False)
        if pc.any(pc.match_substring(filled, ",")).as_py():
            self.comma.add(filled, comma=True)

    def _without_codes(self, values: pa.StringArray) -> pa.StringArray:
        """Counts the null codes of a batch and returns the cells without them."""
        is_code = pc.is_in(values, value_set=_CODES)
        if not pc.any(is_code).as_py():
            return values
        for code, count in (_counted(values.filter(is_code), len(ALL_NULL_CODES)) or {}).items():
            self.codes[code] = self.codes.get(code, 0) + count
        return values.filter(pc.invert(is_code))


def _heads(counts: dict[str, int]) -> dict[str, int]:
    """Returns values without their time of day, each with the number of its rows."""
    if not any(":" in value for value in counts):
        return counts
    heads: dict[str, int] = {}
    for value, count in counts.items():
        head = re.sub(TIME_OF_DAY, "", value)
        heads[head] = heads.get(head, 0) + count
    return heads


def _leads_with_zero(value: str) -> bool:
    return len(value) > 1 and value[0] == "0" and value[1].isdigit()


def _counted(values: pa.StringArray, most: int) -> dict[str, int] | None:
    """Returns value to count; None if there are too many."""
    table = pc.value_counts(values)
    if len(table) > most:
        return None
    return dict(zip(table.field("values").to_pylist(), table.field("counts").to_pylist(), strict=True))


def _merged(counts: dict[str, int], more: dict[str, int] | None, most: int) -> dict[str, int] | None:
    """Returns both together; None if there are too many."""
    if more is None:
        return None
    if not counts:
        return dict(more) if len(more) <= most else None
    for value, count in more.items():
        counts[value] = counts.get(value, 0) + count
    return counts if len(counts) <= most else None


def _smallest(sketch: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """Returns the smallest different hashes of both."""
    if len(sketch) == _SKETCH:
        hashes = hashes[hashes < sketch[-1]]
    return np.unique(np.concatenate([sketch, hashes]))[:_SKETCH]


def _estimate(sketch: np.ndarray) -> int:
    """Returns how many different values there were (Bar-Yossef's k minimum values)."""
    if len(sketch) < _SKETCH:
        return len(sketch)
    return int((_SKETCH - 1) / (float(sketch[-1]) / 2.0**64))
