"""Every column of the data: its type, what it is for and how it becomes features. Pure Python.

To change the data set, edit this file and `schema.pbtxt` (a test compares the two). Everything else follows:
preprocessing, the model's inputs and the served signatures are driven by COLUMNS and CROSSES.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dtype = Literal["int64", "float32", "string"]
Role = Literal["label", "date", "feature"]
Kind = Literal["number", "category", "clock", "date"]

# What stands for a missing value in a served model's inputs, which have to hold something. Ingestion refuses
# the smallest whole number and NaN, so neither is ever a value.
MISSING: dict[str, float | int | str] = {"int64": -(2**63), "float32": float("nan"), "string": ""}


@dataclass(frozen=True)
class Column:
    """One column of the raw data.

    Attributes:
      name: as in the header of the data and in requests.
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


def _optional(name: str, dtype: Dtype, kind: Kind) -> Column:
    return Column(name, dtype, kind, required=False)


COLUMNS: tuple[Column, ...] = (
    Column("flight_date", "string", "date", role="date"),
    Column("late", "int64", "number", role="label"),
    Column("carrier", "string", "category"),
    Column("flight", "int64", "category"),
    _optional("tailnum", "string", "category"),
    Column("origin", "string", "category"),
    Column("dest", "string", "category"),
    Column("sched_dep_time", "int64", "clock"),
    Column("sched_arr_time", "int64", "clock"),
    Column("distance", "int64", "number"),
    # The weather of the hour before departure, in °F, %, degrees, mph, inches, millibars, miles.
    _optional("temp", "float32", "number"),
    _optional("dewp", "float32", "number"),
    _optional("humid", "float32", "number"),
    _optional("wind_dir", "float32", "number"),
    _optional("wind_speed", "float32", "number"),
    _optional("wind_gust", "float32", "number"),
    _optional("precip", "float32", "number"),
    _optional("pressure", "float32", "number"),
    _optional("visib", "float32", "number"),
    _optional("plane_year", "int64", "number"),
    _optional("plane_manufacturer", "string", "category"),
    _optional("plane_model", "string", "category"),
    _optional("plane_engine", "string", "category"),
    _optional("plane_engines", "int64", "category"),
    _optional("plane_seats", "int64", "number"),
    _optional("dest_latitude", "float32", "number"),
    _optional("dest_longitude", "float32", "number"),
    _optional("dest_altitude", "float32", "number"),
    _optional("dest_timezone", "string", "category"),
)

# Pairs of categories that mean something together. A clock gives the category "<name>.hour", a date
# "<name>.weekday".
CROSSES: tuple[tuple[str, str], ...] = (
    ("origin", "sched_dep_time.hour"),
    ("carrier", "origin"),
    ("carrier", "dest"),
    ("origin", "dest"),
    ("carrier", "sched_dep_time.hour"),
    ("flight_date.weekday", "sched_dep_time.hour"),
)

# A value that fewer training rows have than this shares its column's out-of-vocabulary buckets.
MINIMUM_COUNT = 20
# The most values, of all categories and crosses together, that get an embedding of their own.
VOCABULARY_SIZE = 10_000
# Rare and unknown values are spread over this many buckets in each category and cross.
OUT_OF_VOCABULARY_BUCKETS = 1
# Each number is also cut into this many buckets of equally many training rows.
QUANTILE_BUCKETS = 10


def _the_one(role: Role) -> str:
    names = [column.name for column in COLUMNS if column.role == role]
    if len(names) != 1:
        raise ValueError(f"COLUMNS needs exactly one column of role {role!r}, but has {len(names)}: {names}.")
    return names[0]


LABEL = _the_one("label")
DATE = _the_one("date")
# What a request holds: every column but the label.
REQUEST_COLUMNS = tuple(column for column in COLUMNS if column.role != "label")


def of_kind(kind: Kind) -> tuple[Column, ...]:
    """Returns the columns of a kind that the model may see, in the order of COLUMNS."""
    return tuple(column for column in REQUEST_COLUMNS if column.kind == kind)
