"""A candidate may be no worse than the champion by more than the margin, beyond what chance explains."""

import numpy as np
import pytest

from components.evaluator.paired_rule import Difference, not_worse

NAN = float("nan")


def check(loss: float, se: float, allowed: float = 0.01, by_day: float | None = None, rows: int = 5_000):
    return not_worse("AUC", "overall", Difference(loss, se, by_day, rows), allowed)


@pytest.mark.parametrize(
    ("loss", "se", "passed"),
    [
        (0.0, 0.0, True),
        (-0.5, 0.0, True),
        (0.0, 0.005, True),
        (0.0, 0.007, False),
        (0.004, 0.003, True),
        (0.004, 0.006, False),
        (0.02, 0.001, False),
        (-0.02, 0.001, True),
        (-0.02, 0.02, False),
    ],
)
def test_the_upper_end_of_the_loss_has_to_be_within_the_margin(loss: float, se: float, passed: bool):
    found = check(loss, se)
    assert found.passed is passed
    assert (found.name, found.subject, found.threshold) == (
        "AUC worse than champion by at most",
        "overall",
        0.01,
    )
    assert found.measured == pytest.approx(loss + 1.645 * se)


def test_a_loss_of_just_the_margin_without_chance_passes():
    assert check(0.5, 0.0, allowed=0.5).passed
    assert check(0.0, 0.0, allowed=0.0).passed
    assert not check(0.5, 0.0, allowed=0.25).passed


def test_too_few_rows_are_named_and_how_many_more_would_do():
    assert check(0.004, 0.006).reason == (
        "AUC of overall is 0.0040 ± 0.0060 worse than the champion's: too few rows to exclude 0.0100 "
        "(about 9,000 more would)"
    )
    assert check(-0.004, 0.012, by_day=0.019).reason == (
        "AUC of overall is 0.004 ± 0.012 better than the champion's (by days ± 0.019): too few rows to "
        "exclude 0.010 (about 5,000 more would)"
    )


def test_so_many_rows_would_indeed_do():
    rows = 5_000 + 9_000
    assert check(0.004, 0.006 * (5_000 / rows) ** 0.5).passed
    assert not check(0.004, 0.006 * (5_000 / (rows - 1_000)) ** 0.5).passed


@pytest.mark.parametrize(
    ("loss", "se", "named"), [(0.0, 0.02783, True), (0.0, 0.028, False), (0.0099, 0.001, False)]
)
def test_no_number_of_rows_is_named_that_nobody_has(loss: float, se: float, named: bool):
    found = check(loss, se).reason
    assert ("(more than 20 times as many would)" in found) is not named
    assert ("(about " in found) is named


def test_no_difference_is_no_gain_and_no_chance_has_no_decimals():
    assert check(0.0, 0.007).reason.startswith("AUC of overall is 0.0000 ± 0.0070 worse than")
    assert check(0.5, 0.0, allowed=0.25).reason == (
        "AUC of overall is 0.50 ± 0.00 worse than the champion's, allowed 0.25"
    )


def test_a_model_that_is_worse_is_said_to_be_worse():
    for se in (0.001, 0.1):
        assert "too few rows" not in check(0.02, se).reason
    assert check(0.02, 0.002, by_day=0.004).reason == (
        "AUC of overall is 0.0200 ± 0.0020 worse than the champion's (by days ± 0.0040), allowed 0.0100"
    )
    assert "too few rows" not in check(0.01, 0.002).reason


def test_large_numbers_are_written_out():
    found = not_worse("RootMeanSquaredError", "overall", Difference(1_500.0, 900.0, None, 100), 2_000.0)
    assert found.reason == (
        "RootMeanSquaredError of overall is 1,500 ± 900 worse than the champion's: too few rows to exclude "
        "2,000 (about 800 more would)"
    )


@pytest.mark.parametrize("difference", [None, Difference(NAN, 0.1, None, 10), Difference(NAN, NAN, None, 10)])
def test_what_cannot_be_compared_does_not_pass(difference: Difference | None):
    found = not_worse("AUC", "overall", difference, 1.0)
    assert (found.passed, found.measured) == (False, None)
    assert found.reason == ("AUC of overall cannot be compared with the champion's, one of them is missing")


def test_a_difference_of_unknown_chance_does_not_pass():
    found = check(-0.5, NAN, allowed=1.0)
    assert (found.passed, found.measured) == (False, None)
    assert "a class has fewer than 2 rows" in found.reason


def test_of_a_hundred_equal_models_few_are_refused_and_of_worse_ones_most():
    """At a standard error of a third of the margin, as the design asks for."""
    random = np.random.default_rng(6)
    margin, se = 0.01, 0.01 / 3.29
    equal, worse = (
        np.mean([not check(loss, se, margin).passed for loss in random.normal(mean, se, 4_000)])
        for mean in (0.0, margin)
    )
    assert equal == pytest.approx(0.05, abs=0.01)
    assert worse == pytest.approx(0.95, abs=0.01)
