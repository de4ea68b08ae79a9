"""Faults of data as they happen: each spoils the rows of a day. Written for the sample's columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

Frame = pd.DataFrame
Plant = Callable[[Frame, np.random.Generator, Sequence[Frame]], Frame]


@dataclasses.dataclass(frozen=True)
class Fault:
    """A fault of data.

    Attributes:
      name: for the table.
      plant: a day's rows, a source of chance and the window's earlier days to the faulty rows.
      days: newest days that have it.
      check: by which check it is to be found.
      least: share of the windows in which it has to be found.
    """

    name: str
    plant: Plant
    days: int
    check: str
    least: float = 0.95


def _scaled(column: str, factor: float, offset: float = 0.0) -> Plant:
    return lambda day, *_: day.assign(**{column: day[column] * factor + offset})


def _nulls(column: str, share: float) -> Plant:
    return lambda day, random, _: day.assign(**{column: day[column].mask(random.random(len(day)) < share)})


def _constant(column: str) -> Plant:
    return lambda day, *_: day.assign(**{column: day[column].iloc[0]})


def _replaced(column: str, share: float, value: str) -> Plant:
    return lambda day, random, _: day.assign(
        **{column: day[column].mask(random.random(len(day)) < share, value)}
    )


def _swapped(column: str, first: str, second: str) -> Plant:
    return lambda day, *_: day.assign(**{column: day[column].replace({first: second, second: first})})


def _kept(share: float) -> Plant:
    return lambda day, random, _: day[random.random(len(day)) < share]


def _first_rows(rows: int) -> Plant:
    return lambda day, *_: day.head(rows)


def _doubled(share: float) -> Plant:
    return lambda day, random, _: pd.concat([day, day[random.random(len(day)) < share]])


def _of_another_month(share: float) -> Plant:
    def plant(day: Frame, random: np.random.Generator, earlier: Sequence[Frame]) -> Frame:
        other = earlier[-30]
        return pd.concat([day, other[random.random(len(other)) < share]])

    return plant


def _copy_of(back: int, share: float) -> Plant:
    def plant(day: Frame, random: np.random.Generator, earlier: Sequence[Frame]) -> Frame:
        other = earlier[-back]
        copied = other[random.random(len(other)) < share].assign(flight_date=day["flight_date"].iloc[0])
        return pd.concat([day[random.random(len(day)) >= share], copied])

    return plant


def _one_class(value: int) -> Plant:
    return lambda day, *_: day.assign(late=day["late"].mask(day["late"].notna(), value))


FAULTS = (
    Fault("only on-time flights", _one_class(0), 1, "one class"),
    Fault("only late flights", _one_class(1), 1, "one class"),
    Fault("a doubled day", _doubled(1.0), 1, "duplicate rows"),
    Fault("5 % of rows doubled", _doubled(0.05), 1, "duplicate rows"),
    Fault("40 rows", _first_rows(40), 1, "few rows"),
    Fault("a third of the rows", _kept(0.33), 1, "few rows"),
    Fault("rows of another month added", _of_another_month(1.0), 1, "rows of another day"),
    Fault("2 % rows of another month", _of_another_month(0.02), 1, "rows of another day"),
    Fault("the day before under this date", _copy_of(1, 1.0), 1, "same content"),
    Fault("10 % of rows of a train day", _copy_of(20, 0.1), 1, "same content"),
    Fault("no label in 90 % of a day", _nulls("late", 0.9), 1, "refused rows"),
    Fault("no label in half of 3 days", _nulls("late", 0.5), 3, "refused rows"),
    Fault("temp in °C", _scaled("temp", 5 / 9, -160 / 9), 3, "unseen numbers"),
    Fault("dewp in °C", _scaled("dewp", 5 / 9, -160 / 9), 3, "unseen numbers"),
    Fault("carrier 30 % null", _nulls("carrier", 0.3), 3, "null share"),
    Fault("carrier 5 % null", _nulls("carrier", 0.05), 3, "null share"),
    Fault("plane_year 15 % null", _nulls("plane_year", 0.15), 3, "null share"),
    Fault("temp null", _nulls("temp", 1.0), 3, "null share"),
    Fault("new destinations 20 %", _replaced("dest", 0.2, "XQZ"), 3, "unseen values"),
    Fault("new destinations 5 %", _replaced("dest", 0.05, "XQZ"), 3, "unseen values"),
    Fault("new destinations 2 %", _replaced("dest", 0.02, "XQZ"), 3, "unseen values", least=0.0),
    Fault("hour constant", _constant("sched_dep_time"), 3, "commonest value"),
    Fault("origin constant", _constant("origin"), 3, "commonest value"),
    Fault("distance in km", _scaled("distance", 1.609344), 3, "unseen numbers"),
    Fault("wind_speed in m/s", _scaled("wind_speed", 0.44704), 3, "unseen numbers"),
    Fault("visib in km", _scaled("visib", 1.609344), 3, "unseen numbers", least=0.0),
    Fault("plane_seats x 10", _scaled("plane_seats", 10), 3, "unseen numbers"),
    Fault("UA and B6 swapped", _swapped("carrier", "UA", "B6"), 3, "cross"),
    Fault("UA and WN swapped", _swapped("carrier", "UA", "WN"), 3, "cross"),
    Fault("EWR and JFK swapped", _swapped("origin", "EWR", "JFK"), 3, "cross"),
    Fault("pressure + 13", _scaled("pressure", 1.0, 13.0), 3, "distribution", least=0.0),
)
