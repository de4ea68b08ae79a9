from __future__ import annotations

import numpy as np
import pytest

from components.evaluator.paired import differences
from components.evaluator.paired_rule import not_worse
from pipeline.data.propose import scores
from pipeline.data.propose.gates_rule import gain, is_learnable, limits


def _limit(metric, value, error, without, *, weighted=False):
    found = limits({metric: (value, error, without)}, weighted=weighted)
    return found[0] if found else None


def test_a_candidate_has_to_reach_half_of_what_boosting_gains_less_two_errors():
    assert _limit("AUC", 0.9, 0.01, 0.5).floor == 0.68
    assert _limit("BinaryCrossentropy", 0.4, 0.01, 0.6).floor == 0.52


def test_no_limit_is_below_the_prior():
    assert _limit("AUC", 0.6, 0.1, 0.5).floor == 0.5


def test_where_boosting_gains_nothing_the_prior_is_the_limit_within_its_errors():
    assert _limit("AUC", 0.45, 0.05, 0.5).floor == 0.4
    assert _limit("BinaryCrossentropy", 0.7, 0.01, 0.6).floor == 0.62


def test_a_loss_is_at_most_a_twentieth_above_the_prior_s_however_uncertain_boosting_s_is():
    assert _limit("BinaryCrossentropy", 2.0, 0.5, 0.6).floor == 0.63


def test_a_gain_is_upwards_or_downwards_by_the_metric():
    assert gain("AUC", 0.75, 0.5) == 0.25
    assert gain("AUC", 0.25, 0.5) == -0.25
    assert gain("BinaryCrossentropy", 0.25, 0.5) == 0.25
    assert gain("BinaryCrossentropy", 0.75, 0.5) == -0.25


def test_a_limit_stays_in_the_range_of_its_metric():
    assert _limit("AUC", 0.3, 0.4, 0.5).floor == 0


def test_worse_than_the_champion_is_allowed_by_what_an_equal_model_may_be_by_chance():
    assert _limit("AUC", 0.9, 0.02, 0.5).tolerance == 0.051
    assert _limit("AUC", 0.9, 0.0, 0.5).tolerance == 0.008
    assert _limit("AUC", 0.5, 0.0, 0.5).tolerance == 0.0005
    assert _limit("AUC", 0.5, 0.9, 0.5).tolerance == 1


@pytest.mark.parametrize(("rows", "share"), [(150, 0.3), (150, 0.1), (1_000, 0.5)])
def test_an_equal_model_is_refused_five_times_of_a_hundred_at_most(rows: int, share: float):
    """Champion and candidate see the same signal, each with noise of its own."""
    random, refused, trials = np.random.default_rng(7), 0, 400
    for _ in range(trials):
        label = (random.random(rows) < share).astype(float)
        signal = label + random.normal(size=rows)
        ours, theirs = (signal + random.normal(size=rows) / 2 for _ in range(2))
        area, positive = scores.auc(label, theirs), int(label.sum())
        limit = _limit("AUC", area, scores.auc_error(area, positive, rows - positive), 0.5)
        found = differences("binary", label, ours, theirs, ["AUC"])["AUC"]
        refused += not not_worse("AUC", "overall", found, limit.tolerance).passed
    assert refused <= 0.05 * trials


def test_far_better_than_the_champion_is_a_finding_for_an_area_alone():
    assert _limit("AUC", 0.9, 0.01, 0.5).most_better == 0.1
    assert _limit("AUC", 0.9, 0.1, 0.5).most_better == _limit("AUC", 0.9, 0.1, 0.5).tolerance == 0.26
    assert _limit("BinaryCrossentropy", 0.4, 0.01, 0.6).most_better is None


def test_weighted_classes_have_no_limit_on_their_loss():
    assert _limit("BinaryCrossentropy", 0.4, 0.01, 0.6, weighted=True) is None
    assert _limit("AUC", 0.9, 0.01, 0.5, weighted=True) is not None


def test_learnable_is_what_lies_beyond_two_errors():
    assert is_learnable("AUC", 0.61, 0.05, 0.5)
    assert not is_learnable("AUC", 0.59, 0.05, 0.5)
    assert not is_learnable("AUC", 0.75, 0.125, 0.5)


def test_what_is_surely_worse_is_not_learnable():
    assert not is_learnable("AUC", 0.3, 0.05, 0.5)
    assert not is_learnable("BinaryCrossentropy", 1.95, 0.1, 1.24)
    assert is_learnable("BinaryCrossentropy", 1.0, 0.1, 1.24)


def test_a_limit_says_where_it_comes_from():
    assert _limit("AUC", 0.9, 0.01, 0.5).why == "boosting 0.9 ± 0.01, prior 0.5"
    assert (
        _limit("RootMeanSquaredError", 12_345.6, 5.25, 1_000.0).why == "boosting 12,346 ± 5.25, prior 1,000"
    )
