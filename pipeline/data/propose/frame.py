"""The sample as numbers: what a quick look at the data (leaks, a baseline) works on."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data.convert.cells import convert
from pipeline.data.infer.label import Label
from pipeline.data.infer.proposed import Proposed
from pipeline.data.profile.shapes import hashes
from pipeline.data.rules.import_rules import ColumnRule

_MOST_CATEGORIES = 250  # of a column, the most frequent ones; scikit-learn takes no more than 255
_MOST_WORDS = 64


@dataclasses.dataclass(frozen=True)
class Frame:
    """Rows of the sample that have a label.

    Attributes:
      names: of the features; a column can give several, as a time its hour and its weekday.
      sources: of each feature, the name of its column.
      values: [n, features] float64; NaN where nothing is known, categories as 0, 1, …
      categorical: [features] bool.
      label: [n]: ids of classes, int64; or numbers, float64.
      days: [n] of the row, days since 1970; None for an undated table.
      row_hash: [n] uint64 of what splits the rows: the key, or all features.
    """

    names: tuple[str, ...]
    sources: tuple[str, ...]
    values: np.ndarray
    categorical: np.ndarray
    label: np.ndarray
    days: np.ndarray | None
    row_hash: np.ndarray

    def without(self, columns: Sequence[str]) -> Frame:
        """Returns the frame without the features of some columns."""
        return self._with([index for index, source in enumerate(self.sources) if source not in columns])

    def without_features(self, names: Collection[str]) -> Frame:
        """Returns the frame without some features."""
        return self._with([index for index, name in enumerate(self.names) if name not in names])

    def _with(self, keep: list[int]) -> Frame:
        return dataclasses.replace(
            self,
            names=tuple(self.names[index] for index in keep),
            sources=tuple(self.sources[index] for index in keep),
            values=self.values[:, keep],
            categorical=self.categorical[keep],
        )


def build(
    sample: pa.Table, columns: Sequence[Proposed], label: Label, date: ColumnRule | None, key: str | None
) -> Frame:
    """Returns the sample as numbers.

    Args:
      sample: text, columns named by the raw file's header.
      columns: the features and keys.
      label: of them.
      date: how the row's day is read; None for an undated table.
      key: the name of the column that rows are split by; None for the hash of all features.

    Raises:
      CellError: a cell does not fit its rule.
    """
    target = _label(values_of(sample, label.column.rule), label)
    has_label = np.isfinite(target)
    sample, target = sample.filter(pa.array(has_label)), target[has_label]
    days = None if date is None else _days(values_of(sample, date))
    features: list[tuple[str, str, np.ndarray, bool]] = []
    for column in (column for column in columns if column.role in ("feature", "date")):
        cells = values_of(sample, column.rule)
        for name, values, is_category in _features(column, cells, days):
            features.append((name, column.name, values, is_category))
    by = [column for column in columns if column.name == key] if key else columns
    return Frame(
        names=tuple(name for name, _, _, _ in features),
        sources=tuple(source for _, source, _, _ in features),
        values=np.column_stack([v for _, _, v, _ in features]) if features else np.zeros((len(target), 0)),
        categorical=np.array([is_category for _, _, _, is_category in features], bool),
        label=target if label.task.kind == "regression" else target.astype(np.int64),
        days=days,
        row_hash=_row_hash(sample, [column.source for column in by]),
    )


def values_of(sample: pa.Table, rule: ColumnRule) -> pa.Array:
    """Returns a column of the sample as its rule reads it."""
    cells = sample[rule.source].combine_chunks()
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.chunk(0) if cells.num_chunks else pa.array([], pa.string())
    return convert(pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells), rule)


def _label(values: pa.Array, label: Label) -> np.ndarray:
    """Returns ids of classes, or numbers [n]; NaN where there is no label."""
    if label.task.kind == "regression":
        return _numbers(values)
    ids = {value: index for index, value in enumerate(label.task.classes)}
    return np.array(
        [np.nan if value is None else ids.get(value, np.nan) for value in values.to_pylist()], float
    )


def _numbers(values: pa.Array) -> np.ndarray:
    # Not safe: whole numbers above 2^53, as of accounts, are rounded here, where they are only compared.
    floats = pc.cast(values, pa.float64(), safe=False)
    return np.asarray(floats.to_numpy(zero_copy_only=False), np.float64)


def _features(
    column: Proposed, values: pa.Array, row_days: np.ndarray | None
) -> list[tuple[str, np.ndarray, bool]]:
    if column.kind == "number":
        return [(column.name, _numbers(values), False)]
    if column.kind == "clock":
        clock = _numbers(values)
        return [(column.name, clock // 100 * 60 + clock % 100, False)]
    if column.kind in ("date", "timestamp"):
        return _features_of_days(column, values, row_days)
    if column.kind == "text":
        return _features_of_text(column.name, values)
    return [(column.name, _codes(values), True)]


def _features_of_days(
    column: Proposed, values: pa.Array, row_days: np.ndarray | None
) -> list[tuple[str, np.ndarray, bool]]:
    days = _days(values)
    known = np.isfinite(days)
    weekday = np.where(known, (np.where(known, days, 0) + 3) % 7, np.nan)
    features = [(f"{column.name}.weekday", weekday, False)]
    if column.role != "date":  # every day that judges is later than those that train
        features.append((f"{column.name}.age", days if row_days is None else row_days - days, False))
    if column.kind == "timestamp":
        hours = [np.nan if text is None else float(text[11:13]) for text in values.to_pylist()]
        features.append((f"{column.name}.hour", np.array(hours), False))
    return features


def _days(values: pa.Array) -> np.ndarray:
    """Returns days since 1970 [n], NaN where there is none, of texts that begin with YYYY-MM-DD."""
    days = pc.utf8_slice_codeunits(values, 0, 10).to_numpy(zero_copy_only=False).astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, days.astype(np.float64))


def _codes(values: pa.Array) -> np.ndarray:
    """Returns the rank of each category by its frequency [n], rare ones as one; NaN where there is none."""
    encoded = pc.dictionary_encode(values)
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.float64)
    known = np.isfinite(codes)
    counts = np.bincount(codes[known].astype(np.int64), minlength=len(encoded.dictionary))
    rank = np.empty(len(counts), np.float64)
    rank[np.argsort(-counts, kind="stable")] = np.minimum(np.arange(len(counts)), _MOST_CATEGORIES)
    codes[known] = rank[codes[known].astype(np.int64)]
    return codes


def _features_of_text(name: str, values: pa.Array) -> list[tuple[str, np.ndarray, bool]]:
    """Returns whether each of the frequent words is there."""
    rows = [frozenset(re.findall(r"\w+", (text or "").lower())) for text in values.to_pylist()]
    counts: dict[str, int] = {}
    for words in rows:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:_MOST_WORDS]
    return [(f"{name}.{word}", np.array([word in row for row in rows], float), False) for word in frequent]


def _row_hash(sample: pa.Table, sources: Sequence[str]) -> np.ndarray:
    mixed = np.zeros(sample.num_rows, np.uint64)
    for source in sources:
        cells = sample[source].combine_chunks()
        if isinstance(cells, pa.ChunkedArray):
            cells = cells.chunk(0) if cells.num_chunks else pa.array([], pa.string())
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + hashes(cells)
    return mixed ^ (mixed >> np.uint64(29))
