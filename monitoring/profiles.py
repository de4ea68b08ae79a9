"""Profiles: how often each value of a column occurs in some rows, kept small and mergeable."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import compute

MOST_CATEGORIES = 500  # a column with more is known by its nulls alone
MOST_NUMBERS = 1_000  # different numbers that are kept; of more, as many quantiles


@dataclasses.dataclass(frozen=True)
class Profile:
    """How often each value of one column occurs.

    Attributes:
      rows: how many there are, nulls included.
      nulls: rows without a value.
      values: the different values, sorted: float64 of a column of numbers, else str. Empty where they are too
        many to be kept.
      counts: [values] rows of each; of numbers known by their quantiles, the rows around each.
      many: whether the values are too many.
      top: rows with the commonest value.
    """

    rows: int
    nulls: int
    values: np.ndarray
    counts: np.ndarray
    many: bool = False
    top: float = 0.0

    @property
    def commonest(self) -> float:
        """Share of all rows with the commonest value; of merged rows of many values, at least so much."""
        if not self.rows:
            return float("nan")
        return float(max(self.counts.max(initial=0.0), self.top) / self.rows)

    def as_values(self) -> dict[str, Any]:
        """Returns the profile as JSON values."""
        return {
            "rows": self.rows,
            "nulls": self.nulls,
            "values": self.values.tolist(),
            "counts": self.counts.tolist(),
            "many": self.many,
            "top": self.top,
            "numbers": self.values.dtype.kind == "f",
        }

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> Profile:
        """Returns the profile that `as_values` described.

        Raises:
          ValueError, KeyError, TypeError: it described none.
        """
        kind = np.float64 if values["numbers"] else str
        profile = cls(
            rows=int(values["rows"]),
            nulls=int(values["nulls"]),
            values=np.array(values["values"], dtype=kind),
            counts=np.array(values["counts"], np.float64),
            many=bool(values["many"]),
            top=float(values["top"]),
        )
        if profile.values.ndim != 1 or profile.values.shape != profile.counts.shape:
            raise ValueError("values and counts do not fit")
        if not 0 <= profile.nulls <= profile.rows or not (profile.counts >= 0).all():
            raise ValueError("rows, nulls and counts do not fit")
        if not profile.many and not np.isclose(profile.counts.sum() + profile.nulls, profile.rows):
            raise ValueError("the values are not those of all rows")
        if (profile.values[1:] <= profile.values[:-1]).any() or (profile.values != profile.values).any():
            raise ValueError("the values are not sorted")
        return profile


def of_numbers(column: pa.Array) -> Profile:
    """Returns the profile of a column of numbers [rows]; what is not finite is a null."""
    numbers = column.drop_null().to_numpy(zero_copy_only=False).astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    values, counts = np.unique(numbers, return_counts=True)
    return _fewer(Profile(len(column), len(column) - len(numbers), values, counts.astype(np.float64)))


def of_categories(column: pa.Array) -> Profile:
    """Returns the profile of a column of texts, bytes or whole numbers [rows]."""
    counted = compute.value_counts(column.drop_null())
    nulls = column.null_count
    if len(counted) > MOST_CATEGORIES:
        return _of_many(len(column), nulls, float(compute.max(counted.field("counts")).as_py()))
    texts = np.array([as_text(value) for value in counted.field("values").to_pylist()], str)
    counts = counted.field("counts").to_numpy(zero_copy_only=False).astype(np.float64)
    order = np.argsort(texts, kind="stable")
    return Profile(len(column), nulls, texts[order], counts[order])


def as_text(value: object) -> str:
    """Returns a value of a category as text; bytes that are no UTF-8 in an escaped form."""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else str(value)


def merged(profiles: Sequence[Profile]) -> Profile:
    """Returns the profile of all rows together; there must be at least one profile of them."""
    rows, nulls = sum(each.rows for each in profiles), sum(each.nulls for each in profiles)
    numbers = any(each.values.dtype.kind == "f" for each in profiles)
    top = max(max(each.counts.max(initial=0.0), each.top) for each in profiles)
    if any(each.many for each in profiles):
        return _of_many(rows, nulls, float(top))
    values = np.concatenate([each.values for each in profiles])
    different, position = np.unique(values, return_inverse=True)
    counts = np.bincount(
        position, np.concatenate([each.counts for each in profiles]), minlength=len(different)
    )
    whole = Profile(rows, nulls, different, counts)
    if numbers:
        return whole
    return _of_many(rows, nulls, float(counts.max())) if len(different) > MOST_CATEGORIES else whole


def _of_many(rows: int, nulls: int, top: float) -> Profile:
    return Profile(rows, nulls, np.array([], str), np.array([]), many=True, top=top)


def quantiles(profile: Profile, shares: Iterable[float]) -> np.ndarray:
    """Returns the numbers below which such shares of a profile's rows with a number lie; NaN if none does."""
    asked = np.fromiter(shares, np.float64)
    if not len(profile.values):
        return np.full(len(asked), np.nan)
    reached = np.cumsum(profile.counts)
    positions = np.searchsorted(reached, asked * reached[-1], side="left")
    return profile.values[np.minimum(positions, len(profile.values) - 1)]


def _fewer(profile: Profile) -> Profile:
    """Returns the profile by quantiles if there are more numbers than are kept."""
    if len(profile.values) <= MOST_NUMBERS:
        return profile
    shares = (np.arange(MOST_NUMBERS) + 0.5) / MOST_NUMBERS
    values, times = np.unique(quantiles(profile, shares), return_counts=True)
    counts = times * (profile.counts.sum() / MOST_NUMBERS)
    return dataclasses.replace(profile, values=values, counts=counts)


def compact(profile: Profile) -> Profile:
    """Returns the profile in the form that is kept for long: numbers by quantiles if they are many."""
    return _fewer(profile) if profile.values.dtype.kind == "f" else profile
