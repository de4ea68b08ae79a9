"""An endpoint's traffic: shares of the record as whole percents; what stays deployed to go back to."""

import pytest

from pipeline.lineage.events import State
from pipeline.runners.vertex.traffic_rule import kept, shares_of, split_of
from tests.pipeline.lineage.told_models import rolled, told

LIVE, WITHDRAWN = State.LIVE, State.WITHDRAWN


@pytest.mark.parametrize(
    ("shares", "split"),
    [
        ({}, {}),
        ({"a": 0.0}, {}),
        ({"a": 1.0}, {"a": 100}),
        ({"a": 1.0, "b": 0.0}, {"a": 100}),
        ({"a": 0.95, "b": 0.05}, {"a": 95, "b": 5}),
        ({"a": 0.29, "b": 0.71}, {"a": 29, "b": 71}),
        ({"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}, {"a": 34, "b": 33, "c": 33}),
        ({"a": 0.334, "b": 0.333, "c": 0.333}, {"a": 34, "b": 33, "c": 33}),
        ({"a": 0.504, "b": 0.248, "c": 0.248}, {"a": 50, "b": 25, "c": 25}),
        ({"a": 0.999, "b": 0.001}, {"a": 99, "b": 1}),
        ({"a": 0.0001, "b": 0.4999, "c": 0.5}, {"a": 1, "b": 49, "c": 50}),
        ({"a": 0.0001, "b": 0.5, "c": 0.4999}, {"a": 1, "b": 50, "c": 49}),
        ({"a": 0.001, "b": 0.001, "c": 0.499, "d": 0.499}, {"a": 1, "b": 1, "c": 49, "d": 49}),
        ({"a": 0.002, "b": 0.008, "c": 0.5, "d": 0.49}, {"a": 1, "b": 1, "c": 49, "d": 49}),
        ({"a": 0.1 + 0.2, "b": 0.7}, {"a": 30, "b": 70}),
        ({str(n): 0.01 for n in range(100)}, {str(n): 1 for n in range(100)}),
    ],
)
def test_shares_become_whole_percents_that_sum_to_100(shares: dict[str, float], split: dict[str, int]):
    assert split_of(shares) == split


@pytest.mark.parametrize(
    "shares",
    [
        {"a": 0.5},
        {"a": 0.999},
        {"a": 1.01},
        {"a": 1.5, "b": -0.5},
        {"a": float("nan")},
        {str(n): 1 / 101 for n in range(101)},
    ],
)
def test_what_is_no_share_of_the_whole_is_refused(shares: dict[str, float]):
    with pytest.raises(ValueError, match="from 0 to 1 and sum to 1"):
        split_of(shares)


def test_the_live_version_has_all_and_the_one_before_stays():
    models = told(("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.3", LIVE))
    assert {each.version: share for each, share in shares_of(models).items()} == {"1.0.3": 1.0}
    assert {each.version for each in kept(models)} == {"1.0.3", "1.0.2"}
    nothing = told(("1.0.1", LIVE), ("1.0.1", WITHDRAWN))
    assert (shares_of(nothing), kept(nothing)) == ({}, set())


def test_a_canary_answers_its_share_and_a_version_in_shadow_is_deployed_without_one():
    models = told(("1.0.1", LIVE), ("1.0.2", LIVE)).with_event(rolled(State.SHADOW, "1.0.3", 3))
    assert {each.version: share for each, share in shares_of(models).items()} == {"1.0.2": 1.0}
    assert {each.version for each in kept(models)} == {"1.0.1", "1.0.2", "1.0.3"}
    models = models.with_event(rolled(State.CANARY, "1.0.3", 4, stage=1, plan=None))
    assert {each.version: share for each, share in shares_of(models).items()} == {"1.0.2": 0.9, "1.0.3": 0.1}
    assert {each.version for each in kept(models)} == {"1.0.1", "1.0.2", "1.0.3"}
