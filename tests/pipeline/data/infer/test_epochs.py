"""Seconds and milliseconds since 1970 are times where the name says so; elsewhere they are a suspicion."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from pipeline.data.infer.column import infer
from pipeline.data.infer.proposed import Context
from pipeline.data.profile.profiler import Profiler

FIRST, END = 631_152_000, 2_524_608_000  # of 1990, of 2050


def _inferred(name: str, numbers: list, sign: str = ""):
    cells = [f"{sign}{number}" for number in numbers] * 2
    profiler = Profiler([name])
    profiler.add(pa.RecordBatch.from_arrays([pa.array(cells)], [name]))
    return infer(profiler.columns()[0], name, Context(None, None, dt.date(2024, 6, 1)))


def _times(first: int = 1_600_000_000) -> list[int]:
    return [first + 7_001 * row for row in range(60)]


@pytest.mark.parametrize(
    "name", ["day", "Date", "when", "order_day", "created_at", "paidOn", "ts", "last seen"]
)
def test_a_name_of_times_makes_numbers_of_their_size_times(name):
    assert _inferred(name, _times()).rule.formats == ("unix seconds",)
    assert _inferred(name, [1_000 * each for each in _times()]).rule.formats == ("unix milliseconds",)


def test_without_such_a_name_it_is_said_that_they_may_be_times():
    found = _inferred("x", _times())
    assert found.kind == "number"
    assert found.warnings[0].startswith("may be seconds since 1970 (2020-09-13 to 2020-09-18)")
    assert "name it x_time" in found.warnings[0]
    assert "may be milliseconds" in _inferred("x", [1_000 * each for each in _times()]).warnings[0]


@pytest.mark.parametrize(
    "numbers", [[5, 6, 7, 8, 9, 10], [FIRST - 1, *_times()], [*_times(), END], _times()[:4]]
)
def test_numbers_of_another_size_or_few_are_no_times(numbers):
    assert not any("1970" in each for each in _inferred("x", numbers).warnings)


def test_the_years_from_1990_to_2050_are_those_of_times():
    assert _inferred("day", [FIRST, *_times(), END - 1]).kind == "timestamp"
    assert _inferred("day", [FIRST, *_times(), END]).kind == "number"


def test_amounts_of_a_currency_are_no_times():
    assert not any("1970" in each for each in _inferred("x", _times(), "$").warnings)


def test_five_different_numbers_are_enough_for_the_suspicion():
    assert any("1970" in each for each in _inferred("x", _times()[:5]).warnings)


def test_numbers_with_decimals_are_no_times():
    assert _inferred("day", [each + 0.5 for each in _times()]).kind == "number"


@pytest.mark.parametrize(
    ("unit", "numbers"),
    [
        ("seconds", [f"{each}.5" for each in _times()]),
        ("microseconds", [each * 10**6 for each in _times()]),
        ("nanoseconds", [each * 10**9 for each in _times()]),
    ],
)
def test_times_that_cannot_be_read_are_said_whatever_their_name(unit, numbers):
    said = f"may be {unit} since 1970 (2020-09-13 to 2020-09-18); if so, write whole seconds or milliseconds"
    assert _inferred("timestamp", numbers).warnings[0].startswith(said)
