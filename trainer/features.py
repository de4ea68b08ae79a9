"""Every column of the data: its type, what it is for and how it becomes features. Pure Python.

To change the data set, edit this file and `schema.pbtxt`; every command refuses the two when they disagree.
Everything else follows: preprocessing, the model's inputs and the served signatures are driven by COLUMNS and
CROSSES. column.py says what a column can be, column_rule.py what is refused.
"""

from __future__ import annotations

from trainer import column_rule
from trainer.column import Column, Dtype, Kind


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


column_rule.check(
    COLUMNS,
    CROSSES,
    {
        "MINIMUM_COUNT": MINIMUM_COUNT,
        "VOCABULARY_SIZE": VOCABULARY_SIZE,
        "OUT_OF_VOCABULARY_BUCKETS": OUT_OF_VOCABULARY_BUCKETS,
        "QUANTILE_BUCKETS": QUANTILE_BUCKETS,
    },
)

(LABEL,) = (column.name for column in COLUMNS if column.role == "label")
(DATE,) = (column.name for column in COLUMNS if column.role == "date")
# What a request holds: every column but the label.
REQUEST_COLUMNS = tuple(column for column in COLUMNS if column.role != "label")


def of_kind(kind: Kind) -> tuple[Column, ...]:
    """Returns the columns of a kind that the model may see, in the order of COLUMNS."""
    return tuple(column for column in REQUEST_COLUMNS if column.kind == kind)
