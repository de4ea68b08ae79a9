"""The guards keep what they promise: equal models pass, planted faults are found in time."""

import itertools
import statistics

import numpy as np
import pytest

from benchmarks.rollout_simulation import USUAL, Traffic, day_of_turning_back, labelled_days, rollout
from serving.rollout.step_rule import Kind

OFTEN = {"errors": 0.01, "answers": 0.001, "slow": 0.05}
EQUAL = (Traffic(), Traffic(OFTEN, OFTEN), Traffic(bursts=0.05), Traffic(correlation=0.5))


def test_of_300_rollouts_of_equal_models_at_most_three_are_turned_back():
    random = np.random.default_rng(1)
    kinds = [
        rollout(traffic, random, every=3_000).decision.kind
        for traffic, _ in zip(itertools.cycle(EQUAL), range(300), strict=False)
    ]
    assert set(kinds) <= {Kind.PROMOTE, Kind.TURN_BACK}
    assert kinds.count(Kind.TURN_BACK) <= 3


@pytest.mark.parametrize(
    ("traffic", "guard", "every", "measured", "within"),
    [
        (Traffic(candidate={**USUAL, "answers": 1.0}), "answers", 5, "requests", 2 * 66),
        (Traffic(candidate={**USUAL, "slow": 1.0}), "slow", 5, "requests", 2 * 111),
        (Traffic(candidate={**USUAL, "errors": 0.021}), "errors", 50, "asked", 2 * 250),
        (Traffic(shift=0.1), "predictions", 50, "pairs", 2 * 1_300),
        (Traffic(shift=-0.1), "predictions", 50, "pairs", 2 * 1_300),
    ],
)
def test_a_planted_fault_is_found_by_its_guard_in_time(traffic, guard, every, measured, within):
    random = np.random.default_rng(2)
    outcomes = [rollout(traffic, random, every=every) for _ in range(25)]
    assert {each.decision.guard for each in outcomes} == {guard}
    assert statistics.median(getattr(each, measured) for each in outcomes) <= within


@pytest.mark.parametrize(("correlation", "within"), [(0.9, 2), (0.7, 4)])
def test_a_loss_of_auc_is_found_on_the_labels_of_a_few_days(correlation, within):
    random = np.random.default_rng(3)
    days = [day_of_turning_back(labelled_days(0.02, random, correlation=correlation)) for _ in range(15)]
    assert None not in days
    assert statistics.median(days) <= within


def test_a_model_of_the_same_auc_is_not_turned_back_by_labels():
    random = np.random.default_rng(4)
    assert [day_of_turning_back(labelled_days(0.0, random), last=7) for _ in range(20)] == [None] * 20
