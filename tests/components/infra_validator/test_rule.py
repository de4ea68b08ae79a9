"""A model may be pushed only if a model server loaded it, answered every row, and the same both ways."""

import pytest

from components.infra_validator.rule import InfraGatePolicy, Observed, judge
from tests.components.load_check.test_rule import both, policy

POLICY = InfraGatePolicy(
    requests=4, rows_per_request=8, load_timeout_s=1.0, max_disagreement=0.125, load=policy(max_p99_ms=5.0)
)


def observed(
    error: str | None = None,
    rows_sent: int = 32,
    rows_answered: int = 32,
    disagreement: float | None = 0.0,
) -> Observed:
    return Observed(error, rows_sent, rows_answered, disagreement)


def test_a_model_that_answers_everything_alike_opens_the_gate():
    verdict = judge(observed(), POLICY)
    assert (verdict.gate, verdict.passed, verdict.reason) == ("infra", True, "all 3 checks passed")


def test_a_model_that_the_server_cannot_serve_closes_the_gate():
    """The error is the only reason: what was not reached is not judged."""
    verdict = judge(observed(error="Could not find variable dense/kernel"), POLICY)
    assert not verdict.passed
    assert verdict.reason == "the model server could not serve it: Could not find variable dense/kernel"
    (check,) = verdict.checks
    assert (check.name, check.measured, check.threshold) == ("served", 0, 1)


def test_an_observation_of_nothing_closes_the_gate():
    assert not judge(Observed(error=None), POLICY).passed


@pytest.mark.parametrize(
    ("sent", "answered", "passed"),
    [
        (32, 32, True),
        (32, 31, False),
        (31, 31, True),
        (1, 1, True),
        (1, 0, False),
        (0, 0, False),
        (33, 33, False),
        (31, 32, False),
    ],
)
def test_every_row_that_was_sent_must_be_answered_and_there_must_be_one(sent, answered, passed):
    verdict = judge(observed(rows_sent=sent, rows_answered=answered), POLICY)
    assert verdict.passed is passed
    (check,) = [check for check in verdict.checks if check.name == "rows answered at least"]
    assert (check.measured, check.threshold) == (answered, sent)
    if not passed:
        assert verdict.reason.startswith(
            f"{answered} of {sent} rows that were sent got a finite answer" if sent else "there was no row"
        )


@pytest.mark.parametrize(
    ("sent", "note"), [(32, ""), (31, "; 31 rows were sent, as eval has no more; infra_gate asks for 32")]
)
def test_fewer_rows_than_asked_for_are_said(sent: int, note: str):
    """A small eval split has no more; the verdict does not hide it."""
    verdict = judge(observed(rows_sent=sent, rows_answered=sent), POLICY)
    assert verdict.reason == f"all 3 checks passed{note}"


@pytest.mark.parametrize(
    ("disagreement", "passed"),
    [(0.0, True), (0.125, True), (0.126, False), (float("nan"), False), (None, False)],
)
def test_both_ways_of_asking_must_agree(disagreement: float | None, passed: bool):
    verdict = judge(observed(disagreement=disagreement), POLICY)
    assert verdict.passed is passed
    if not passed:
        how = "in shape, in a text" if disagreement is None else f"by {disagreement:g} of their size"
        assert f"differ {how}" in verdict.reason
        assert "at most 0.125 of their size is allowed" in verdict.reason


def test_a_served_model_is_measured_as_served():
    served = judge(observed(rows_answered=0), POLICY).checks[0]
    assert (served.name, served.measured, served.passed) == ("served", 1, True)


def test_a_model_that_was_driven_must_keep_the_limits_of_load_too():
    """What was measured is told in either case."""
    served = {"error": None, "rows_sent": 32, "rows_answered": 32, "disagreement": 0.0}
    verdict = judge(Observed(**served, driven=both(p99=5.0)), POLICY)
    assert verdict.passed
    assert (
        "load of 50 requests/s with batches of 1: candidate 100/s, p50 5, p95 5, p99 5 ms" in verdict.reason
    )
    verdict = judge(Observed(**served, driven=both(p99=5.1)), POLICY)
    assert not verdict.passed
    assert verdict.reason.startswith(
        "p99 under load at most 5 ms, and with batches of 1 it is 5.1; load of 50"
    )
