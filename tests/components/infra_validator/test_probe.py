"""Answers by both ways are compared output by output, whatever an output holds."""

import numpy as np
import pytest

from components.infra_validator.probe import _compare
from components.infra_validator.rule import Observed

pytestmark = pytest.mark.slow  # imports TensorFlow


def compared(one: dict, other: dict) -> Observed:
    """Returns what was observed of two batches, the first of three rows."""

    def batches(answers: dict) -> list[dict[str, np.ndarray]]:
        parts = (slice(3), slice(3, None))
        return [{name: np.array(values[part]) for name, values in answers.items()} for part in parts]

    return _compare(4, batches(one), batches(other))


def test_a_difference_is_a_share_of_the_largest_answer_or_of_one():
    dollars = compared({"y": [1e6, 2e6, 3e6, 4e6]}, {"y": [1e6, 2e6 + 4, 3e6, 4e6]})
    assert (dollars.rows_answered, dollars.disagreement) == (4, pytest.approx(1e-6))
    shares = compared({"p": [0.1, 0.2, 0.3, 0.4]}, {"p": [0.1, 0.2, 0.3, 0.4 + 1e-4]})
    assert shares.disagreement == pytest.approx(1e-4)


def test_texts_have_to_be_equal_and_are_no_numbers_to_be_finite():
    by_grpc = {"class": [b"a", b"b", b"\xc3\xa4", b"a"], "p": [[0.5, 0.5]] * 4}
    same = {"class": ["a", "b", "ä", "a"], "p": [[0.5, 0.5]] * 4}
    assert compared(by_grpc, same) == Observed(None, 4, 4, 0.0)
    other = {**same, "class": ["a", "b", "ä", "b"]}
    assert compared(by_grpc, other) == Observed(None, 4, 4, None)


@pytest.mark.parametrize("nothing", [float("nan"), float("inf")])
def test_a_row_without_a_finite_number_counts_as_not_answered(nothing: float):
    assert compared({"p": [0.1, nothing, 0.3, 0.4]}, {"p": [0.1, 0.2, 0.3, 0.4]}).rows_answered == 3
    assert compared({"p": [0.1, 0.2, 0.3, 0.4]}, {"p": [0.1, 0.2, nothing, nothing]}).rows_answered == 2


def test_outputs_of_other_names_or_shapes_do_not_agree():
    rows = [0.1, 0.2, 0.3, 0.4]
    assert compared({"p": rows}, {"q": rows}).disagreement is None
    assert compared({"p": rows}, {"p": [[each] for each in rows]}).disagreement is None
    assert _compare(0, [], []) == Observed(None, 0, 0, None)
