"""A metric may differ between the groups of a column by so much, where groups are large enough to say."""

import pytest

from components.evaluator.fairness_rule import is_fair
from components.evaluator.policy import FairnessLimit
from components.evaluator.slices_rule import Group
from tests.components.evaluator.test_policy import POLICY

LIMIT = FairnessLimit(column="sex", metric="AUC", max_gap=0.125)
POLICY_100 = POLICY.model_copy(update={"min_slice_rows": 100, "min_slice_class_rows": 10})
LARGE, SMALL = Group(100, (50, 50)), Group(99, (50, 49))


def fair(values: dict[str, float], sizes: dict[str, Group] | None = None):
    metrics = {f"sex={name}": {"AUC": value} for name, value in values.items()}
    groups = {name: (sizes or {}).get(name, LARGE) for name in metrics}
    return is_fair(
        {**metrics, "age=1": {"AUC": 0.0}},
        {**groups, "age=1": LARGE, "age=2": LARGE, "overall": LARGE},
        LIMIT,
        POLICY_100,
    )


@pytest.mark.parametrize(("lowest", "passed"), [(0.75, True), (0.625, True), (0.5, False)])
def test_the_gap_is_between_the_highest_and_the_lowest_group(lowest: float, passed: bool):
    found = fair({"f": lowest, "m": 0.6875, "x": 0.75})
    assert (found.passed, found.measured, found.threshold) == (passed, 0.75 - min(lowest, 0.6875), 0.125)
    assert (found.name, found.subject) == ("AUC gap at most", "sex")


def test_the_sentence_names_both_groups():
    assert fair({"f": 0.5, "m": 0.75}).reason == (
        "AUC is 0.75 for sex=m and 0.5 for sex=f: a gap of 0.25, allowed 0.125"
    )


def test_a_group_that_is_too_small_is_left_out():
    assert fair({"f": 0.75, "m": 0.75, "x": 0.25}, {"sex=x": SMALL}).passed


@pytest.mark.parametrize("values", [{}, {"f": 0.75}, {"f": 0.75, "m": float("nan")}])
def test_where_nothing_is_known_it_does_not_pass(values: dict[str, float]):
    found = fair(values)
    assert (found.passed, found.measured) == (False, None)
    assert found.reason.startswith("fairness of sex cannot be judged by AUC: of its ")


def test_one_group_that_is_large_enough_says_nothing():
    found = fair({"f": 0.75, "m": 0.75}, {"sex=m": SMALL})
    assert found.reason == "fairness of sex cannot be judged by AUC: of its 2 groups, 1 are large enough"
