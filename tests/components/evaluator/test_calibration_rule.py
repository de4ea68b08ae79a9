"""Predictions agree with labels in the large, or are no further off than the champion's."""

import pytest

from components.evaluator import calibration_rule
from components.evaluator.calibration_rule import Offset
from components.evaluator.policy import CalibrationLimit


def is_calibrated(candidate: Offset, champion: Offset | None, max_off: float, more: float = 0.0):
    limit = CalibrationLimit(max_off=max_off, max_worse_than_champion=more)
    return calibration_rule.is_calibrated(candidate, champion, "champion", limit)


def ratio(predicted: float, seen: float = 0.25, error: float = 0.0) -> Offset:
    return Offset(predicted, seen, None, error)


def number(predicted: float, spread: float = 2.0, error: float = 0.0) -> Offset:
    return Offset(predicted, 0.0, spread, error)


@pytest.mark.parametrize(
    ("predicted", "passed", "threshold"),
    [
        (0.25, True, 1.25),
        (0.3125, True, 1.25),
        (0.3126, False, 1.25),
        (0.2, True, 0.8),
        (0.1999, False, 0.8),
        (0.0, False, 0.8),
        (-0.25, False, 0.8),
    ],
)
def test_the_mean_prediction_is_near_the_mean_label_up_and_down_alike(predicted, passed, threshold):
    found = is_calibrated(ratio(predicted, error=0.0), None, 0.25 + 1e-12)
    assert (found.passed, found.measured, found.name) == (passed, predicted / 0.25, "calibration within")
    assert found.threshold == pytest.approx(threshold)


def test_the_sentence_says_both_means_and_the_limits():
    assert is_calibrated(ratio(0.375), None, 0.25).reason == (
        "the mean prediction is 1.50 times the mean label (0.375 against 0.25); allowed is 0.80 to 1.25"
    )
    assert is_calibrated(ratio(0.375), ratio(0.275), 0.25).reason == (
        "the mean prediction is 1.50 times the mean label (0.375 against 0.25), and the champion's "
        "1.10 times; allowed is 0.80 to 1.25"
    )


@pytest.mark.parametrize(
    ("champion", "passed"),
    [(0.375, True), (0.5, True), (0.37, False), (1 / 6, True), (0.17, False), (0.25, False)],
)
def test_outside_it_passes_where_the_champion_is_as_far_off_in_either_direction(champion, passed):
    candidate = ratio(0.375)  # 1.5 times, as far as 1 / 1.5
    assert is_calibrated(candidate, ratio(champion - 1e-12 * (champion < 0.25)), 0.25).passed is passed


def test_inside_it_passes_however_good_the_champion_is():
    assert is_calibrated(ratio(0.3), ratio(0.25), 0.25).passed


def test_off_by_chance_is_not_off():
    assert not is_calibrated(ratio(0.375, error=0.01), None, 0.25).passed
    assert is_calibrated(ratio(0.375, error=0.05), None, 0.25).passed
    assert not is_calibrated(number(1.0, error=0.1), None, 0.25).passed
    assert is_calibrated(number(1.0, error=0.5), None, 0.25).passed


@pytest.mark.parametrize("champion", [None, ratio(0.25, seen=0.0), ratio(9.0)])
def test_what_is_undefined_does_not_pass(champion: Offset | None):
    found = is_calibrated(ratio(0.25, seen=0.0), champion, 0.25)
    assert (found.passed, found.measured) == (False, None)
    assert found.reason == (
        "calibration of overall is undefined: the mean prediction is 0.25, and the mean label 0"
    )
    flat = is_calibrated(number(0.25, spread=0.0), champion, 0.25)
    assert (flat.passed, flat.measured) == (False, None)
    assert not is_calibrated(ratio(float("nan")), champion, 0.25).passed


@pytest.mark.parametrize("champion", [ratio(float("nan")), ratio(0.0), ratio(0.375, seen=0.0)])
def test_a_champion_that_is_off_beyond_measure_excuses_nothing(champion: Offset):
    assert not is_calibrated(ratio(0.375), champion, 0.25).passed


def test_a_candidate_of_no_ratio_is_never_as_good_as_another_of_none():
    assert not is_calibrated(ratio(-0.25, error=9.0), ratio(-0.25), 0.25).passed


@pytest.mark.parametrize(("predicted", "passed"), [(0.5, True), (-0.5, True), (0.51, False), (-0.51, False)])
def test_a_label_above_and_below_zero_is_measured_by_its_spread(predicted: float, passed: bool):
    found = is_calibrated(number(predicted), None, 0.25)
    assert (found.passed, found.measured, found.threshold) == (passed, predicted / 2, 0.25)


def test_its_sentence_says_how_far_the_mean_is_off():
    assert is_calibrated(number(1.0), number(0.1), 0.25).reason == (
        "predictions are off by 0.50 standard deviations of the label on average, and the champion's "
        "by 0.05; allowed is 0.25"
    )
    assert is_calibrated(number(1.0), number(-1.0), 0.25).passed


@pytest.mark.parametrize(("predicted", "passed"), [(0.42, True), (0.43, False)])
def test_it_may_be_a_little_further_off_than_the_champion_is(predicted: float, passed: bool):
    assert is_calibrated(ratio(predicted), ratio(0.375), 0.25, more=0.125).passed is passed
    off = number(2 * (predicted - 0.0453), spread=2.0)  # 0.375 and a little less or more, beside 0.25
    assert is_calibrated(off, number(0.5), 0.25, more=0.125).passed is passed
