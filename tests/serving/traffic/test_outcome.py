"""Whether an answer can be used, and by which number two of them are compared."""

import numpy as np
import pytest

from serving.rollout.evidence import Sums
from serving.rollout.plan import CANARY, RolloutPlan
from serving.traffic.outcome import compared, is_usable

PLAN = RolloutPlan("r", CANARY, (), answer="probability", answer_range=(0.0, 1.0))


@pytest.mark.parametrize(
    ("outputs", "usable"),
    [
        ({"probability": np.float32([0.5])}, True),
        ({"probability": np.float32([np.nan])}, False),
        ({"probability": np.float32([-np.inf])}, False),
        ({"a": np.float32([1, 2, 3]), "b": np.float64([[1, 2], [3, np.inf]])}, False),
        ({"a": np.float32([3e38, 3e38])}, True),  # their sum is not a number, they are
        ({"name": np.array([b"nan"], object), "count": np.array([1]), "yes": np.array([True])}, True),
        ({"empty": np.zeros((0, 2), np.float32)}, True),
        ({}, True),
    ],
)
def test_every_number_of_an_answer_has_to_be_one(outputs: dict, usable: bool) -> None:
    assert is_usable(outputs, PLAN) is usable


@pytest.mark.parametrize(
    ("outputs", "usable"),
    [
        ({"probability": np.float32([0.0, 1.0])}, True),
        ({"probability": np.float32([0.5, 1.01])}, False),
        ({"probability": np.float32([-0.01])}, False),
        ({"probability": np.float32([1 + 2e-7])}, True),
        ({"probability": np.float32([[0.3, 0.7], [1.5, -0.5]])}, False),
        ({"probability": np.float32([0.5]), "logit": np.float32([7.0])}, True),
        ({"score": np.float32([7.0])}, True),
        ({"probability": np.array([b"high"], object)}, True),
    ],
)
def test_the_answer_has_to_be_in_its_range_where_the_plan_knows_one(outputs: dict, usable: bool) -> None:
    assert is_usable(outputs, PLAN) is usable
    assert is_usable(outputs, RolloutPlan("r", CANARY, (), answer="probability"))


def sums(candidate: dict, champion: dict, answer: str = "") -> Sums:
    as_arrays = ({name: np.array(value) for name, value in each.items()} for each in (candidate, champion))
    return compared(*as_arrays, answer)


def test_a_pair_is_summed_row_by_row() -> None:
    found = sums({"probability": [0.5, 0.25]}, {"probability": [0.25, 0.75]})
    assert found == Sums(2, 0.25 - 0.5, 0.0625 + 0.25, 1.0, 0.0625 + 0.5625)


def test_of_several_values_a_row_the_first_counts_since_probabilities_add_up_to_one() -> None:
    assert sums({"p": [[0.75, 0.25]]}, {"p": [[0.5, 0.5]]}) == Sums(1, 0.25, 0.0625, 0.5, 0.25)


def test_numbers_with_a_fraction_come_before_whole_ones() -> None:
    champion = {"class": [1], "name": [b"a"], "score": [0.5]}
    assert sums({"class": [3], "name": [b"a"], "score": [1.0]}, champion).difference == 0.5
    assert sums({"class": [3]}, {"class": [1]}).difference == 2
    assert sums({"class": [3], "score": [1.0]}, {"class": [1], "score": [0.5]}, "class").difference == 2
    assert sums({"score": [1.0]}, {"score": [0.5]}, "class").difference == 0.5


@pytest.mark.parametrize(
    ("candidate", "champion", "rows"),
    [
        ([np.nan, 1.0, 1.0], [1.0, np.inf, 1.0], 1),
        ([1e200], [1.0], 0),
        ([1.0, 2.0], [1.0], 0),
    ],
    ids=["no numbers", "too large for its square", "another shape"],
)
def test_what_cannot_be_compared_is_left_out(candidate: list, champion: list, rows: int) -> None:
    assert sums({"p": candidate}, {"p": champion}).count == rows


def test_outputs_without_a_number_or_of_another_name_are_not_compared() -> None:
    assert sums({"name": [b"a"]}, {"name": [b"b"]}) == Sums()
    assert sums({"q": [1.0]}, {"p": [1.0]}) == Sums()


def test_a_number_for_the_whole_batch_is_one_row() -> None:
    assert compared({"total": np.array(3.0)}, {"total": np.array(1.0)}) == Sums(1, 2.0, 4.0, 1.0, 1.0)
