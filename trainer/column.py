"""One column of the raw data: what it can be. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dtype = Literal["int64", "float32", "string"]
Role = Literal["label", "date", "key", "feature"]
Kind = Literal["number", "category", "clock", "date", "timestamp", "text"]

# What stands for a missing value in a served model's inputs, which have to hold something. Ingestion refuses
# the smallest whole number and NaN, so neither is ever a value.
MISSING: dict[str, float | int | str] = {"int64": -(2**63), "float32": float("nan"), "string": ""}
# What a kind adds to a column's name for the categories that it gives; a number and a text give none.
CATEGORIES_OF: dict[str, tuple[str, ...]] = {
    "category": ("",),
    "clock": (".hour",),
    "date": (".weekday",),
    "timestamp": (".hour", ".weekday"),
}


@dataclass(frozen=True)
class Column:
    """One column of the raw data: a line of columns.yaml.

    Attributes:
      name: as in the header of the data and in requests; a Python name, as the served signature takes it.
      dtype: type of its values.
      kind: how it becomes features. number: scaled, with a missing-indicator, and its quantile bucket.
        category: vocabulary and out-of-vocabulary buckets. clock: a local time written hhmm, as a point on
        the circle of the day, and its hour. date: YYYY-MM-DD, as a point on the circle of the week, and its
        weekday. timestamp: YYYY-MM-DD HH:MM:SS, as a clock, a date and its age. text: its words, hashed.
        Of a label it says what is predicted: category, one of `values`; number, the number itself.
      role: label: what the model predicts. date: the row's day, by which data is split in time; also a
        feature. key: whose row it is, by which data can be split; no feature, and in no request. feature:
        known when a prediction is requested.
      required: if false, rows and requests may lack it.
      values: the only values that there may be; any, if empty. A label's are its classes in order; of two,
        the second is the positive one.
      min, max: the least and the greatest value of a column of numbers; None for no limit.
      unit: of the values, for people.
    """

    name: str
    dtype: Dtype
    kind: Kind
    role: Role = "feature"
    required: bool = True
    values: tuple[int | str, ...] = ()
    min: float | None = None
    max: float | None = None
    unit: str = ""

    @property
    def missing(self) -> float | int | str:
        """What stands for a missing value in a served model's inputs."""
        return MISSING[self.dtype]

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categories that it gives, as crosses name them."""
        return tuple(f"{self.name}{ending}" for ending in CATEGORIES_OF.get(self.kind, ()))


@dataclass(frozen=True)
class ColumnTable:
    """All that columns.yaml says.

    Attributes:
      columns: every column of the data.
      crosses: pairs of categories that mean something together.
      minimum_count: a value that fewer training rows have shares its column's out-of-vocabulary buckets.
      vocabulary_size: the most values, of all categories and crosses together, that get an embedding.
      out_of_vocabulary_buckets: of each category and cross, over which rare and unknown values are spread.
      quantile_buckets: of equally many training rows, into which each number is also cut.
      text_buckets: over which the words of all texts are hashed.
    """

    columns: tuple[Column, ...]
    crosses: tuple[tuple[str, str], ...] = ()
    minimum_count: int = 20
    vocabulary_size: int = 10_000
    out_of_vocabulary_buckets: int = 1
    quantile_buckets: int = 10
    text_buckets: int = 4_096

    @property
    def label(self) -> Column:
        """The column that is predicted."""
        (label,) = (column for column in self.columns if column.role == "label")
        return label

    @property
    def date(self) -> Column | None:
        """The column of a row's day; None for a table without dates."""
        return next((column for column in self.columns if column.role == "date"), None)

    @property
    def request(self) -> tuple[Column, ...]:
        """What a request holds: all but the label and the key."""
        return tuple(column for column in self.columns if column.role in ("date", "feature"))
