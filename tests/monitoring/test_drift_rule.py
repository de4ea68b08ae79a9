"""Rows have drifted when they are further away than any single day was, than a floor, and than chance."""

import math

import numpy as np
import pytest

from monitoring import distances
from monitoring.baseline import Baseline
from monitoring.drift_rule import Drift, drifts
from monitoring.profiles import Profile


def shops(north: float, south: float, nulls: int = 0) -> Profile:
    counts = np.array([north, south], np.float64)
    return Profile(int(counts.sum()) + nulls, nulls, np.array(["north", "south"]), counts)


def prices(*values: float, times: float = 1_000) -> Profile:
    return Profile(
        len(values) * int(times), 0, np.array(values, np.float64), np.full(len(values), float(times))
    )


def beside(profile: Profile, usual: float) -> Baseline:
    return Baseline({"2026-01-01": "a"}, {"c": profile}, {"c": usual})


def found(profile: Profile, baseline: Baseline, floor: float = 0.01) -> list[Drift]:
    return [*drifts({"c": profile}, baseline, floor)]


MANY = shops(50_000, 50_000)
OTHER = shops(70_000, 30_000)
AWAY = distances.divergence(OTHER, MANY)


@pytest.mark.parametrize(
    ("usual", "floor", "told"),
    [
        (0.0, 0.01, True),
        (AWAY, 0.01, False),
        (AWAY * 0.999, 0.01, True),
        (0.0, AWAY, False),
        (0.0, AWAY * 0.999, True),
        (math.nan, 0.01, True),
        (math.nan, AWAY, False),
    ],
)
def test_drift_lies_beyond_what_is_usual_and_beyond_the_floor(usual: float, floor: float, told: bool):
    drifted = found(OTHER, beside(MANY, usual), floor)
    assert bool(drifted) is told
    if told:
        assert (drifted[0].column, drifted[0].measured) == ("c", AWAY)
        assert drifted[0].threshold == max(floor, 0.0 if math.isnan(usual) else usual)


def test_few_rows_differ_by_chance():
    assert found(shops(9, 4), beside(shops(6_000, 7_000), 0.0)) == []
    assert found(shops(9_000, 4_000), beside(shops(6_000, 7_000), 0.0)) != []


def test_numbers_are_compared_and_are_no_texts():
    assert found(prices(5, 6, 7, 8), beside(prices(1, 2, 3, 4), 0.0)) != []
    assert found(prices(1, 2, 3, 4), beside(prices(1, 2, 3, 4), 0.0)) == []
    assert found(prices(1, 2, 3, 4), beside(MANY, 0.0)) == [], "a column that is of another kind now"


def test_a_column_that_the_baseline_does_not_have_or_that_cannot_be_compared_is_left_out():
    assert [*drifts({"new": OTHER}, beside(MANY, 0.0), 0.01)] == []
    many = Profile(9, 0, np.array([], str), np.array([]), many=True)
    assert found(many, beside(MANY, 0.0)) == []


@pytest.mark.parametrize("empty", [shops(0, 0), shops(0, 0, nulls=5)])
def test_no_rows_are_no_drift_and_no_error(empty: Profile):
    found(empty, beside(MANY, 0.0))
    assert found(shops(0, 0), beside(MANY, 0.0)) == []


def test_chance_is_that_of_ten_parts_however_many_numbers_there_are():
    """Of texts it is that of every value: many of them differ more in few rows."""
    numbers = prices(*range(400), times=2)
    moved = prices(*range(120, 520), times=2)
    assert found(moved, beside(numbers, 0.0)) != []
    names = [f"{each:03d}" for each in range(400)]
    texts = Profile(800, 0, np.array(names), np.random.default_rng(1).poisson(2, 400).astype(np.float64))
    other = Profile(800, 0, np.array(names), np.random.default_rng(2).poisson(2, 400).astype(np.float64))
    assert found(texts, beside(other, 0.0)) == []
