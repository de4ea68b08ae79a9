from __future__ import annotations

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


def test_worse_than_the_champion_by_one_error_is_allowed():
    assert _limit("AUC", 0.9, 0.02, 0.5).tolerance == 0.02


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
