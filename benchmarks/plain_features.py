"""The plain script's features: what trainer/preprocessing.py makes, with pandas and numpy.

Fitted on the rows of train, then applied to any rows. Same columns, same sorts of features, same widths; the
numbers are equal to preprocessing's but for the last digits, the quantiles but for its approximation.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pandas as pd

from trainer import features

NUMBERS = [column.name for column in features.of_kind("number")]
CATEGORIES = [column.name for column in features.of_kind("category")]
CLOCKS = [column.name for column in features.of_kind("clock")]
DATES = [column.name for column in features.of_kind("date")]
NAMES = [
    *CATEGORIES,
    *(f"{name}.hour" for name in CLOCKS),
    *(f"{name}.weekday" for name in DATES),
    *("×".join(pair) for pair in features.TABLE.crosses),
]

NUMBER_WIDTH = 2 * (len(NUMBERS) + len(CLOCKS) + len(DATES))
CATEGORY_WIDTH = len(NUMBERS) + len(NAMES)
BUCKETS = features.TABLE.quantile_buckets
UNKNOWN_ROWS = len(NUMBERS) * (BUCKETS + 1)
VOCABULARY_ROWS = UNKNOWN_ROWS + len(NAMES)
EMBEDDING_ROWS = VOCABULARY_ROWS + features.TABLE.vocabulary_size
MOST_DEVIATIONS = 4.0


@dataclasses.dataclass(frozen=True)
class Features:
    """The statistics of the train rows that features need.

    Attributes:
      mean, deviation: float64 [numbers]. boundaries: float32 [numbers, buckets - 1].
      values: of each simple category, the values that occur in train; their positions are their codes.
      rows: of each category and cross, the row of the embedding table for each code; the last code is "new".
    """

    mean: np.ndarray
    deviation: np.ndarray
    boundaries: np.ndarray
    values: dict[str, pd.Index]
    rows: dict[str, np.ndarray]

    @classmethod
    def fit(cls, train: pd.DataFrame) -> Features:
        """Returns the means, deviations, quantiles and vocabulary of `train`."""
        numbers = _numbers(train)
        boundaries = np.nanquantile(numbers, np.arange(1, BUCKETS) / BUCKETS, axis=0).T
        simple = _simple_categories(train)
        values = {name: pd.Index(column.unique()) for name, column in simple.items()}
        codes = _codes(simple, values)
        return cls(
            np.nanmean(numbers, axis=0, dtype=np.float64),
            np.nanstd(numbers, axis=0, dtype=np.float64),
            boundaries.astype(np.float32),
            values,
            _vocabulary(codes, _sizes(values)),
        )

    def of(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """Returns `numbers` float32 [rows, NUMBER_WIDTH] and `categories` int64 [rows, CATEGORY_WIDTH]."""
        numbers = _numbers(frame)
        missing = np.isnan(numbers)
        deviations = (numbers - self.mean) / np.where(self.deviation > 0, self.deviation, 1.0)
        scaled = np.where(missing, 0.0, deviations.clip(-MOST_DEVIATIONS, MOST_DEVIATIONS))
        codes = _codes(_simple_categories(frame), self.values)
        rows = [self.rows[name][codes[name]] for name in NAMES]
        return {
            "numbers": np.column_stack([scaled, missing, _points(frame)]).astype(np.float32),
            "categories": np.column_stack([*self._buckets(numbers), *rows]),
        }

    def _buckets(self, numbers: np.ndarray) -> list[np.ndarray]:
        """Returns the embedding rows of each number's bucket; a number's first row is for nulls."""
        return [
            np.where(np.isnan(column), 0, 1 + np.searchsorted(boundaries, column, side="right"))
            + position * (BUCKETS + 1)
            for position, (column, boundaries) in enumerate(zip(numbers.T, self.boundaries, strict=True))
        ]

    def save(self, path: Path) -> None:
        """Writes what a server would need beside the model, as JSON."""
        known = {
            "mean": self.mean.tolist(),
            "deviation": self.deviation.tolist(),
            "boundaries": self.boundaries.tolist(),
            "values": {name: index.tolist() for name, index in self.values.items()},
            "rows": {name: table.tolist() for name, table in self.rows.items()},
        }
        path.write_text(json.dumps(known), encoding="utf-8")


def _numbers(frame: pd.DataFrame) -> np.ndarray:
    """Returns float32 [rows, numbers]; what is missing or not finite is NaN."""
    values = frame[NUMBERS].to_numpy(np.float32)
    values[~np.isfinite(values)] = np.nan
    return values


def _minutes(hhmm: pd.Series) -> np.ndarray:
    """Returns minutes since midnight, -1 for what is no time of day."""
    is_time = (hhmm >= 0) & (hhmm <= 2400) & (hhmm % 100 < 60)
    return np.where(is_time, (hhmm // 100 * 60 + hhmm % 100) % 1440, -1)


def _weekdays(dates: pd.Series) -> np.ndarray:
    return pd.to_datetime(dates, format="%Y-%m-%d").dt.weekday.to_numpy()


def _points(frame: pd.DataFrame) -> np.ndarray:
    """Returns the sines and cosines of clocks and weekdays; zeros for what is no time of day."""
    circles = []
    for name in CLOCKS:
        minutes = _minutes(frame[name])
        circles += [
            np.where(minutes < 0, 0.0, wave(minutes * (2 * np.pi / 1440))) for wave in (np.sin, np.cos)
        ]
    for name in DATES:
        angle = _weekdays(frame[name]) * (2 * np.pi / 7)
        circles += [np.sin(angle), np.cos(angle)]
    return np.column_stack(circles)


def _simple_categories(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Returns the values of what is no cross: "" or -1 where there is none."""
    simple = {name: frame[name].fillna("" if frame[name].dtype == object else -1) for name in CATEGORIES}
    simple |= {f"{name}.hour": pd.Series(_minutes(frame[name]) // 60) for name in CLOCKS}
    return simple | {f"{name}.weekday": pd.Series(_weekdays(frame[name])) for name in DATES}


def _sizes(values: dict[str, pd.Index]) -> dict[str, int]:
    """Returns how many codes each simple category has, the one for new values included."""
    return {name: len(index) + 1 for name, index in values.items()}


def _codes(simple: dict[str, pd.Series], values: dict[str, pd.Index]) -> dict[str, np.ndarray]:
    """Returns the codes of each category and cross; a new value has the last code."""
    sizes = _sizes(values)
    codes = {}
    for name, column in simple.items():
        positions = values[name].get_indexer(column)
        codes[name] = np.where(positions < 0, sizes[name] - 1, positions)
    for first, second in features.TABLE.crosses:
        codes[f"{first}×{second}"] = codes[first] * sizes[second] + codes[second]
    return codes


def _vocabulary(codes: dict[str, np.ndarray], sizes: dict[str, int]) -> dict[str, np.ndarray]:
    """Returns each category's embedding rows: the most frequent of all values have one of their own."""
    all_sizes = sizes | {f"{a}×{b}": sizes[a] * sizes[b] for a, b in features.TABLE.crosses}
    counts = np.concatenate([np.bincount(codes[name], minlength=all_sizes[name]) for name in NAMES])
    unknown = [np.full(all_sizes[name], UNKNOWN_ROWS + position) for position, name in enumerate(NAMES)]
    rows = np.concatenate(unknown)
    frequent = np.flatnonzero(counts >= features.TABLE.minimum_count)
    kept = frequent[np.argsort(-counts[frequent], kind="stable")][: features.TABLE.vocabulary_size]
    rows[kept] = VOCABULARY_ROWS + np.arange(len(kept))
    ends = np.cumsum([all_sizes[name] for name in NAMES])[:-1]
    return dict(zip(NAMES, np.split(rows, ends), strict=True))
