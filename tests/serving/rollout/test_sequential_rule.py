"""The tests that may be looked at at any time, against numbers worked out by hand."""

import math

import pytest

from serving.rollout.sequential_rule import (
    LARGEST,
    MOST_EVENTS,
    Estimate,
    Events,
    more_events,
    pooled,
    radius,
    share_evidence,
    variance_for,
)

RATIOS = (1.5, 2.0, 4.0, 16.0)


def test_evidence_is_one_before_the_first_event():
    assert share_evidence([], 1.25, RATIOS) == 1
    assert share_evidence([Events(0.05, 0, 0)], 1.25, RATIOS) == 1


def test_an_event_multiplies_the_evidence_by_how_much_more_the_suspicion_expected_it():
    """With half the traffic and no tolerance, a fair coin is compared with one of 4 to 1."""
    assert share_evidence([Events(0.5, 1, 0)], 1, (4,)) == pytest.approx(0.8 / 0.5)
    assert share_evidence([Events(0.5, 0, 1)], 1, (4,)) == pytest.approx(0.2 / 0.5)
    assert share_evidence([Events(0.5, 2, 1)], 1, (4,)) == pytest.approx(0.8**2 * 0.2 / 0.5**3)


def test_evidence_is_averaged_over_ratios_and_multiplied_over_stages():
    one, other = Events(0.05, 3, 10), Events(0.5, 2, 1)
    each = [share_evidence([one], 1.25, (r,)) * share_evidence([other], 1.25, (r,)) for r in RATIOS]
    assert share_evidence([one, other], 1.25, RATIOS) == pytest.approx(sum(each) / 4)


def test_events_by_the_tolerated_share_are_no_evidence():
    """A share of 5 % and a tolerance of 1.25: 6.2 % of the events may fall on the candidate."""
    assert share_evidence([Events(0.05, 62, 938)], 1.25, RATIOS) < 1
    assert share_evidence([Events(0.05, 620, 380)], 1.25, RATIOS) > LARGEST / 5


@pytest.mark.parametrize("limit_at", [1, 4, 5, 12])
def test_as_many_more_events_as_are_said_reach_the_limit(limit_at):
    before = [Events(0.05, 1, 3), Events(0.25, 0, 2)]
    limit = share_evidence([before[0], Events(0.25, limit_at, 2)], 1.25, RATIOS)
    assert more_events(before, 1.25, RATIOS, limit) == limit_at
    assert more_events(before, 1.25, RATIOS, limit * 1.001) == limit_at + 1


def test_no_more_events_are_needed_beyond_the_limit():
    assert more_events([Events(0.5, 100, 0)], 1.25, RATIOS, 500) == 0


def test_the_radius_is_that_of_the_normal_mixture():
    expected = math.sqrt(0.01 * 0.02 / 0.01 * (2 * math.log(500) + math.log(2)))
    assert radius(0.01, 0.1, 500) == pytest.approx(expected)
    assert radius(0.0001, 0.1, 500) < radius(0.01, 0.1, 500)


@pytest.mark.parametrize("target", [0.001, 0.05, 3.0])
def test_the_variance_for_a_radius_has_that_radius(target):
    assert radius(variance_for(target, 0.1, 500), 0.1, 500) == pytest.approx(target)


def test_estimates_weigh_by_how_sure_they_are():
    assert pooled([Estimate(1.0, 0.5), Estimate(4.0, 1.0)]) == Estimate(2.0, pytest.approx(1 / 3))
    assert pooled([]) is None


@pytest.mark.parametrize("share", [1e-300, 0.0001, 0.9999, 0.99999999, 1.0])
@pytest.mark.parametrize("ratio", [1.0001, 1e6, 1e12])
def test_extreme_shares_and_ratios_have_evidence(share, ratio):
    for candidate, champion in ((0, 0), (1, 0), (0, 1), (10**15, 10**15)):
        found = share_evidence([Events(share, candidate, champion)], 1.25, (ratio,))
        assert 0 <= found <= LARGEST * (1 + 1e-9)


def test_with_all_the_traffic_no_number_of_events_is_evidence():
    assert share_evidence([Events(1.0, 10**6, 0)], 1.25, RATIOS) == 1
    assert more_events([Events(1.0, 0, 0)], 1.25, RATIOS, 500) == MOST_EVENTS


def test_a_scale_whose_square_is_no_number_makes_the_interval_endless():
    assert radius(0.01, 1e-200, 500) > 1e100
    assert 0 < variance_for(0.1, 1e-200, 500) < 1e-100
