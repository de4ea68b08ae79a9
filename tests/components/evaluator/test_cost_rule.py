"""A model may be only so large and so slow, where somebody set a limit."""

import pytest

from components.evaluator.cost_rule import Cost, is_affordable
from tests.components.evaluator.test_policy import POLICY

COST = Cost(model_mb=2.0, ms_per_row=0.25)


def checks(cost: Cost | None, **limits: float):
    return list(is_affordable(cost, POLICY.model_copy(update=limits)))


def test_nothing_is_limited_by_default():
    assert checks(COST) == checks(None) == []


@pytest.mark.parametrize(("limit", "passed"), [(2.5, True), (2.0, True), (1.5, False)])
def test_a_model_may_be_so_large(limit: float, passed: bool):
    (found,) = checks(COST, max_model_mb=limit)
    assert (found.name, found.measured, found.threshold, found.passed) == (
        "model size at most",
        2.0,
        limit,
        passed,
    )
    assert found.reason == f"the model takes 2 MB, allowed {limit:g} MB"


@pytest.mark.parametrize(("limit", "passed"), [(0.5, True), (0.25, True), (0.125, False)])
def test_a_prediction_may_take_so_long(limit: float, passed: bool):
    (found,) = checks(COST, max_ms_per_row=limit)
    assert (found.name, found.measured, found.passed) == ("prediction time at most", 0.25, passed)
    assert found.reason == f"a prediction takes 0.25 ms a row, allowed {limit:g} ms a row"


def test_what_was_not_measured_does_not_pass():
    found = checks(None, max_model_mb=2.0, max_ms_per_row=1.0)
    assert [(each.passed, each.measured) for each in found] == [(False, None)] * 2
    assert found[0].reason == "the model was not measured, allowed 2 MB"
