"""One column of the raw data: what it can be. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dtype = Literal["int64", "float32", "string"]
Role = Literal["label", "date", "feature"]
Kind = Literal["number", "category", "clock", "date"]

# What stands for a missing value in a served model's inputs, which have to hold something. Ingestion refuses
# the smallest whole number and NaN, so neither is ever a value.
MISSING: dict[str, float | int | str] = {"int64": -(2**63), "float32": float("nan"), "string": ""}
# What a kind adds to a column's name for the category that it gives; a number gives none.
CATEGORY_OF: dict[str, str] = {"category": "", "clock": ".hour", "date": ".weekday"}


@dataclass(frozen=True)
class Column:
    """One column of the raw data.

    Attributes:
      name: as in the header of the data and in requests; a Python name, as the served signature takes it.
      dtype: type of its values.
      kind: how it becomes features. number: scaled, with a missing-indicator, and its quantile bucket.
        category: vocabulary and out-of-vocabulary buckets. clock: a local time written hhmm, as a point on
        the circle of the day, and its hour. date: YYYY-MM-DD, as a point on the circle of the week, and its
        weekday.
      role: label: what the model predicts, 1 or 0. date: the row's day, by which data is split in time; also
        a feature. feature: known when a prediction is requested.
      required: if false, rows and requests may lack it.
    """

    name: str
    dtype: Dtype
    kind: Kind
    role: Role = "feature"
    required: bool = True

    @property
    def missing(self) -> float | int | str:
        """What stands for a missing value in a served model's inputs."""
        return MISSING[self.dtype]
