"""Days of a shop, made by chance, for tests of the gate's rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from components.data_gate.columns import GateColumns
from components.data_gate.day import Day
from components.data_gate.day_facts import DayFacts
from components.data_gate.day_profile import DayProfile, profile_of
from components.data_gate.facts import facts_of
from pipeline.config.load import load

POLICY = load("local").data_gate
FIRST = dt.date(2026, 1, 5)  # a Monday
COLUMNS = GateColumns(
    kinds={
        "day": "date",
        "sold": "category",
        "shop": "category",
        "till": "category",
        "opened": "clock",
        "price": "number",
    },
    label="sold",
    date="day",
    crosses=(("shop", "till"), ("shop", "opened.hour"), ("shop", "day.weekday")),
)


def day(number: int) -> dt.date:
    """Returns the day of a position in the window."""
    return FIRST + dt.timedelta(days=number)


def rows(number: int, many: int = 200, positive: float = 0.2, seed: int = 0) -> dict[str, pa.Array]:
    """Returns the rows of a day: two shops, each with tills of its own."""
    random = np.random.default_rng([seed, number])
    shop = random.integers(0, 2, many)
    return {
        "day": pa.array([day(number).isoformat()] * many, pa.string()),
        "sold": pa.array((random.random(many) < positive).astype(int), pa.int64()),
        "shop": pa.array([("north", "south")[each] for each in shop], pa.string()),
        "till": pa.array([f"{each}{random.integers(0, 2)}" for each in shop], pa.string()),
        "opened": pa.array(random.integers(8, 20, many) * 100 + random.integers(0, 60, many), pa.int64()),
        "price": pa.array(random.normal(10, 3, many), pa.float32()),
    }


def changed(of: Mapping[str, pa.Array], **columns: pa.Array) -> dict[str, pa.Array]:
    """Returns rows with other columns."""
    return {**of, **columns}


def joined(*parts: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Returns the rows of all parts."""
    return {name: pa.concat_arrays([part[name] for part in parts]) for name in parts[0]}


def taken(of: Mapping[str, pa.Array], many: int) -> dict[str, pa.Array]:
    """Returns the first rows."""
    return {name: column.slice(0, many) for name, column in of.items()}


def facts(
    number: int, of: Mapping[str, pa.Array] | DayProfile, *, judged: bool = True, **given: Any
) -> DayFacts:
    """Returns what the rules on days know of rows."""
    profile = of if isinstance(of, DayProfile) else profile_of(of, COLUMNS)
    known = {"read": profile.rows, "refused": {}, "evaluates": False, **given}
    return facts_of(Day(day(number), day(number), profile=profile, **known), "sold", judged=judged)
