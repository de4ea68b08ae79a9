"""What an endpoint's metrics say of each version: requests, failures, calls slower than the champion's."""

import datetime as dt

import pytest

from pipeline.runners.vertex.evidence_rule import Bucket, Latencies, Measured, Responses, evidence_of
from serving.rollout.evidence import CANDIDATE, CHAMPION, ERRORS, SLOW
from serving.rollout.plan import GuardLimits

SIDES = {"7": CANDIDATE, "5": CHAMPION, "6": CHAMPION}
LIMITS = GuardLimits(slow_factor=2.0, slow_baseline=100)
START = dt.datetime(2026, 11, 27, 12, tzinfo=dt.timezone.utc)


def minute(number: int) -> tuple[dt.datetime, dt.datetime]:
    return tuple(START + dt.timedelta(minutes=each) for each in (number, number + 1))


def answered(deployed: str, code: str, count: int) -> Responses:
    return Responses(deployed, *minute(0), code, count)


def took(deployed: str, number: int, *counts: int) -> Latencies:
    """Calls below 10, 20, 40 ms and above."""
    bounds = (0.0, 10.0, 20.0, 40.0, float("inf"))
    return Latencies(
        deployed,
        *minute(number),
        tuple(Bucket(bounds[i], bounds[i + 1], count) for i, count in enumerate(counts) if count),
    )


def test_requests_and_failures_count_by_version_whoever_deployed_it_and_refused_ones_do_not():
    found = evidence_of(
        Measured(
            (
                answered("7", "2xx", 40),
                answered("7", "5xx", 2),
                answered("7", "503", 1),
                answered("7", "4xx", 9),
                answered("5", "200", 500),
                answered("6", "2xx", 300),
                answered("6", "5xx", 1),
                answered("99", "5xx", 70),
            )
        ),
        SIDES,
        LIMITS,
    )
    assert found.requests == {CANDIDATE: 43, CHAMPION: 801}
    assert (len(found.keys(ERRORS, CANDIDATE)), len(found.keys(ERRORS, CHAMPION))) == (3, 1)
    assert found.slow_over_ms is None


@pytest.mark.parametrize(
    ("latencies", "over", "slow"),
    [
        ((took("5", 0, 99), took("7", 1, 0, 0, 0, 9)), None, (0, 0)),  # too few calls to know
        ((took("5", 0, 100), took("7", 1, 5, 4, 3, 2)), 20.0, (5, 0)),  # twice the median's bound
        ((took("5", 0, 94, 0, 6), took("7", 1, 0, 0, 3, 2)), 40.0, (2, 0)),  # the percentile's bound
        ((took("5", 0, 95, 0, 5), took("7", 1, 0, 0, 3, 2)), 20.0, (5, 0)),  # which holds 95 of 100
        ((took("5", 0, 50, 50), took("7", 1, 0, 0, 3, 2)), 20.0, (5, 0)),  # half of them are the median
        ((took("5", 0, 49, 51), took("7", 1, 0, 0, 3, 2)), 40.0, (2, 0)),
        ((took("5", 0, 90, 0, 0, 10), took("7", 1, 0, 0, 0, 9)), None, (0, 0)),  # above every bound
        ((took("7", 0, 0, 0, 0, 9), took("5", 0, 100), took("5", 2, 0, 0, 1)), 20.0, (0, 1)),  # before it
        ((took("5", 1, 0, 0, 100), took("5", 0, 100), took("7", 1, 0, 0, 4)), 20.0, (4, 100)),  # by time
        ((took("5", 0, 60), took("6", 1, 40), took("7", 1, 0, 0, 9), took("7", 2, 0, 0, 8)), 20.0, (8, 0)),
        ((took("99", 0, 500), took("5", 1, 0, 0, 99)), None, (0, 0)),
    ],
)
def test_a_call_is_slow_beside_the_champions_first_calls(latencies, over, slow):
    found = evidence_of(Measured((), latencies), SIDES, LIMITS)
    assert found.slow_over_ms == over
    assert tuple(len(found.keys(SLOW, side)) for side in (CANDIDATE, CHAMPION)) == slow
