"""How far answers are off in the large, on rows."""

import numpy as np
import pytest

from components.evaluator.calibration import offset

LABELS = np.array([0, 1, 0, 1, 0])


def test_of_two_classes_the_ratio_of_the_means_counts():
    found = offset("binary", LABELS, np.full(5, 0.6))
    assert (found.mean_prediction, found.mean_label, found.spread) == (pytest.approx(0.6), 0.4, None)
    assert found.measured == pytest.approx(1.5)


def test_of_numbers_of_one_sign_too_and_of_both_the_mean_error():
    assert offset("regression", np.array([1.0, 3.0]), np.array([2.0, 4.0])).measured == 1.5
    assert offset("regression", np.array([-1.0, -3.0]), np.array([-2.0, -4.0])).measured == 1.5
    found = offset("regression", np.array([-1.0, 3.0]), np.array([0.0, 4.0]))
    assert (found.spread, found.measured) == (2.0, 0.5)


def test_several_classes_have_none():
    assert offset("multiclass", LABELS, np.full((5, 3), 1 / 3)) is None


def test_labels_that_are_all_zero_are_undefined():
    assert offset("binary", np.zeros(4), np.full(4, 0.5)).measured is None


@pytest.mark.parametrize("shift", [0.0, 0.2, -1.0])
def test_its_chance_is_that_of_rows_drawn_anew(shift: float):
    random = np.random.default_rng(0)
    logits = random.normal(size=2_000)
    labels = (random.random(2_000) < 1 / (1 + np.exp(-logits))).astype(float)
    answers = 1 / (1 + np.exp(-logits - shift))
    drawn = [
        np.log(answers[rows].mean() / labels[rows].mean()) for rows in random.integers(0, 2_000, (400, 2_000))
    ]
    assert offset("binary", labels, answers).chance == pytest.approx(np.std(drawn), rel=0.15)
