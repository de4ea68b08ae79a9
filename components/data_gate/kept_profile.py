"""A day's profile as Arrow tables, the form in which it is kept beside the day's rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from components.data_gate.day_profile import KEPT_HASHES, DayProfile
from components.spans.kept_tables import UnreadableSummaryError, pack, unpack, versioned
from monitoring.profiles import Profile

VERSION = 1
DAY = versioned(
    {"rows": pa.int64(), "distinct": pa.int64(), "copies": pa.int64(), "digest": pa.string()},
    "profile of a day",
    VERSION,
)
COLUMNS = versioned(
    {
        "name": pa.string(),
        "rows": pa.int64(),
        "nulls": pa.int64(),
        "numbers": pa.list_(pa.float64()),
        "texts": pa.list_(pa.string()),
        "counts": pa.list_(pa.float64()),
        "many": pa.bool_(),
        "top": pa.float64(),
    },
    "profiles of columns",
    VERSION,
    nullable=("numbers", "texts"),  # one of them
)
DATES = versioned({"date": pa.string(), "rows": pa.int64()}, "rows by their own day", VERSION)
HASHES = versioned({"hash": pa.uint64()}, "hashes of rows", VERSION)
SCHEMAS = (DAY, COLUMNS, DATES, HASHES)


def encoded(profile: DayProfile) -> bytes:
    """Returns a profile as bytes."""
    columns = profile.columns.values()
    return pack(
        [
            (DAY, {name: [getattr(profile, name)] for name in DAY.names}),
            (
                COLUMNS,
                {
                    "name": list(profile.columns),
                    "rows": [each.rows for each in columns],
                    "nulls": [each.nulls for each in columns],
                    "numbers": [each.values if _is_numbers(each) else None for each in columns],
                    "texts": [None if _is_numbers(each) else each.values for each in columns],
                    "counts": [each.counts for each in columns],
                    "many": [each.many for each in columns],
                    "top": [float(each.top) for each in columns],
                },
            ),
            (DATES, {"date": list(profile.dates), "rows": list(profile.dates.values())}),
            (HASHES, {"hash": profile.hashes}),
        ]
    )


def decoded(content: bytes) -> DayProfile:
    """Returns the profile that `encoded` was given.

    Raises:
      UnreadableSummaryError: the content is no profile.
    """
    day, columns, dates, hashes = unpack(content, SCHEMAS)
    if day.num_rows != 1:
        raise UnreadableSummaryError(f"it holds {day.num_rows} days, and not one")
    if hashes.num_rows > KEPT_HASHES:
        raise UnreadableSummaryError(f"it has {hashes.num_rows} hashes, and not {KEPT_HASHES} at most")
    names = columns["name"].to_pylist()
    return DayProfile(
        **{name: day[name][0].as_py() for name in DAY.names},
        columns={name: _column(columns, row) for row, name in enumerate(names)},
        dates=dict(zip(dates["date"].to_pylist(), dates["rows"].to_pylist(), strict=True)),
        hashes=hashes["hash"].to_numpy(),
    )


def _column(columns: pa.RecordBatch, row: int) -> Profile:
    numbers, texts = columns["numbers"][row].values, columns["texts"][row].values
    if (numbers is None) == (texts is None):
        raise UnreadableSummaryError("a column has numbers and texts, or neither")
    values = numbers.to_numpy() if texts is None else np.array(texts.to_pylist(), str)
    counts = columns["counts"][row].values.to_numpy()
    if len(values) != len(counts):
        raise UnreadableSummaryError(f"{len(values)} values have {len(counts)} counts")
    fields = {name: columns[name][row].as_py() for name in ("rows", "nulls", "many", "top")}
    return Profile(values=values, counts=counts, **fields)


def _is_numbers(profile: Profile) -> bool:
    return profile.values.dtype.kind == "f"
