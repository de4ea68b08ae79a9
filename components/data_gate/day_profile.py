"""The profile of one day's rows: what the gate compares between days."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa
from pyarrow import compute

from components.data_gate import row_hashes
from components.data_gate.columns import GateColumns, How
from monitoring import profiles
from monitoring.crosses import BETWEEN
from monitoring.profiles import Profile

KEPT_HASHES = 2_048


@dataclasses.dataclass(frozen=True)
class DayProfile:
    """What is kept of a day's rows.

    Attributes:
      rows: how many have a label.
      columns: name of a column, or of a cross, to how often each value occurs.
      dates: rows by their own day, of a table with days.
      distinct: different rows, their day left out.
      copies: so many times, or a multiple of it, every row occurs; 2 where a file was written twice.
      hashes: the smallest of their hashes, sorted, [at most KEPT_HASHES] uint64.
      digest: of all rows, in any order; equal for days of equal rows.
    """

    rows: int
    columns: Mapping[str, Profile]
    dates: Mapping[str, int]
    distinct: int
    copies: int
    hashes: np.ndarray
    digest: str

    @property
    def identity(self) -> str:
        """Equal for days of equal rows, the day that each row names included."""
        return hashlib.sha256(f"{self.digest} {sorted(self.dates.items())}".encode()).hexdigest()


def profile_of(values: Mapping[str, pa.Array], columns: GateColumns) -> DayProfile:
    """Returns the profile of rows.

    Args:
      values: name of each column to its values [rows], null where a row has none.
      columns: what they are.
    """
    undated = {name: column for name, column in values.items() if name != columns.date}
    hashes = np.sort(row_hashes.of_rows(undated))
    different, times = np.unique(hashes, return_counts=True)
    return DayProfile(
        rows=len(hashes),
        columns={
            **{name: _of_column(column, columns.how(name)) for name, column in undated.items()},
            **{BETWEEN.join(pair): _of_cross(*pair, values, columns) for pair in columns.judged_crosses},
        },
        dates=_dates(values[columns.date]) if columns.date else {},
        distinct=len(different),
        copies=int(np.gcd.reduce(times)) if len(times) else 1,
        hashes=different[:KEPT_HASHES],
        digest=hashlib.sha256(hashes.tobytes()).hexdigest(),
    )


def merged(parts: Iterable[DayProfile]) -> DayProfile:
    """Returns the profile of the rows of all parts; rows that stand in two parts count as different."""
    parts = list(parts)
    return DayProfile(
        rows=sum(part.rows for part in parts),
        columns={name: profiles.merged([part.columns[name] for part in parts]) for name in parts[0].columns},
        dates=dict(sum((Counter(part.dates) for part in parts), Counter())),
        distinct=sum(part.distinct for part in parts),
        copies=math.gcd(*(part.copies for part in parts if part.rows)) or 1,
        hashes=np.unique(np.concatenate([part.hashes for part in parts]))[:KEPT_HASHES],
        digest=hashlib.sha256("".join(sorted(part.digest for part in parts)).encode()).hexdigest(),
    )


def _of_column(column: pa.Array, how: How) -> Profile:
    if how == "numbers":
        return profiles.of_numbers(column)
    if how == "nulls":
        nothing = np.array([], str)
        return Profile(len(column), column.null_count, nothing, np.array([]), many=True)
    return profiles.of_categories(_hours(column) if how == "hours" else column)


def _hours(column: pa.Array) -> pa.Array:
    """Returns the hour of each clock, written hhmm, or of each timestamp, YYYY-MM-DD HH:MM:SS, as `7 h`."""
    if pa.types.is_integer(column.type):
        hours = compute.divide(column, 100).cast(pa.string())
    else:
        texts = column.cast(pa.string()) if len(column) else pa.array([], pa.string())
        hours = compute.utf8_slice_codeunits(texts, 11, 13)
    return compute.binary_join_element_wise(hours, "h", " ")


def _of_cross(first: str, second: str, values: Mapping[str, pa.Array], columns: GateColumns) -> Profile:
    """Returns the profile of pairs of values; a pair that lacks one is a null."""
    texts = []
    for name in (first, second):
        column = _hours(values[name]) if columns.how(name) == "hours" else values[name]
        encoded = column.dictionary_encode()
        known = pa.array([profiles.as_text(each) for each in encoded.dictionary.to_pylist()], pa.string())
        texts.append(known.take(encoded.indices))
    return profiles.of_categories(compute.binary_join_element_wise(*texts, BETWEEN))


def _dates(column: pa.Array) -> dict[str, int]:
    counts = compute.value_counts(column.drop_null()).to_pylist()
    return {profiles.as_text(each["values"]): each["counts"] for each in counts}
