"""What is counted of a rollout: requests, bad events by key, slow calls, pairs."""

import threading

import pytest

from serving.rollout.evidence import ANSWERS, CANDIDATE, CHAMPION, ERRORS, SLOW, Evidence, Sums, TurnedBack
from serving.rollout.plan import CANARY, GuardLimits, RolloutPlan, Stage
from serving.traffic import rollout_counts
from serving.traffic.record import RequestRecord
from serving.traffic.rollout_counts import RolloutCounts, slow_over

LIMITS = GuardLimits(slow_baseline=4)
PLAN = RolloutPlan("r", CANARY, (Stage(0.0, 9), Stage(0.5, 9)), limits=LIMITS)


def record(key: str = "", seconds: float = 0.001, cpu_seconds: float = 0.001) -> RequestRecord:
    return RequestRecord(0.0, 1, "champion", "", 200, "OK", seconds, 1, key, {}, {}, "", cpu_seconds)


@pytest.fixture
def counts() -> RolloutCounts:
    return RolloutCounts(PLAN, Evidence())


def freeze(counts: RolloutCounts, stage: int = 0) -> None:
    """Lets the champion be measured: a call is slow above 2 ms."""
    for _ in range(LIMITS.slow_baseline):
        counts.count(stage, CHAMPION, record("measured"))


def bad(counts: RolloutCounts, guard: str, stage: int = 0) -> tuple[int, int]:
    """Returns how many keys are bad of the candidate and of the champion."""
    known = counts.evidence().stage(stage)
    return len(known.keys(guard, CANDIDATE)), len(known.keys(guard, CHAMPION))


def test_a_key_counts_once_a_stage_and_side_and_a_request_without_one_each_time(
    counts: RolloutCounts,
) -> None:
    for key in ("anna", "anna", "bert", "", ""):
        assert counts.count(1, CANDIDATE, record(key), ERRORS)
        assert not counts.count(1, CHAMPION, record("anna"), ERRORS)
    counts.count(2, CANDIDATE, record("anna"), ERRORS)
    assert (bad(counts, ERRORS, 1), bad(counts, ERRORS, 2)) == ((4, 1), (1, 0))
    assert counts.evidence().stage(1).requests == {"candidate": 5, "champion": 5, "pairs": 0}


def test_nothing_is_slow_before_the_champion_was_measured(counts: RolloutCounts) -> None:
    assert not counts.count(0, CANDIDATE, record("anna", 9.0))
    for _ in range(LIMITS.slow_baseline - 1):
        counts.count(0, CHAMPION, record("bert", 0.001))
    assert counts.evidence().stage(0).slow_over_ms is None
    counts.count(0, CHAMPION, record("bert", 0.001))
    assert counts.evidence().stage(0).slow_over_ms == 2.0
    assert bad(counts, SLOW) == (0, 0)


def test_calls_above_what_was_measured_are_slow_on_either_side(counts: RolloutCounts) -> None:
    freeze(counts)
    assert not counts.count(0, CANDIDATE, record("anna", 0.002))
    assert counts.count(0, CANDIDATE, record("anna", 0.00201))
    assert not counts.count(0, CHAMPION, record("bert", 0.00201))
    assert counts.count(0, CANDIDATE, record("carl", 0.00201), ANSWERS)
    assert (bad(counts, SLOW), bad(counts, ANSWERS)) == ((2, 1), (1, 0))


def test_how_long_a_failed_call_took_says_nothing(counts: RolloutCounts) -> None:
    for _ in range(LIMITS.slow_baseline):
        counts.count(0, CHAMPION, record("bert", 0.000001), ERRORS)
    assert counts.evidence().stage(0).slow_over_ms is None
    freeze(counts)
    counts.count(0, CANDIDATE, record("anna", 9.0), ERRORS)
    assert (bad(counts, SLOW), bad(counts, ERRORS)) == ((0, 0), (1, 1))


def test_what_is_slow_is_measured_anew_in_each_stage_and_kept_within_it(counts: RolloutCounts) -> None:
    freeze(counts)
    for _ in range(LIMITS.slow_baseline):
        counts.count(0, CHAMPION, record("x", 1.0))
        counts.count(1, CHAMPION, record("x", 0.01))
    found = counts.evidence()
    assert (found.stage(0).slow_over_ms, found.stage(1).slow_over_ms) == (2.0, 20.0)


@pytest.mark.parametrize(
    ("baseline", "over"),
    [
        ([1.0] * 20, 2.0),
        ([1.0] * 18 + [9.0, 50.0], 9.0),
        ([1.0] * 19 + [50.0], 2.0),
        ([3.0, 1.0], 4.0),
    ],
    ids=["twice the median", "95th percentile", "not the longest", "unordered"],
)
def test_slow_is_twice_the_median_and_not_below_the_95th_percentile(
    baseline: list[float], over: float
) -> None:
    assert slow_over(baseline, 2.0) == over


def test_a_pair_counts_for_both_by_processor_time(counts: RolloutCounts) -> None:
    """The candidate's thread waits for others, which is not its fault."""
    for _ in range(LIMITS.slow_baseline + 1):
        assert not counts.count_pair(0, record("anna", 99.0), record("anna", 0.0), ("", ""))
    assert counts.count_pair(0, record("anna", 0.0, 0.0021), record("anna"), ("", ERRORS))
    assert (bad(counts, SLOW), bad(counts, ERRORS)) == ((1, 0), (0, 1))
    requests = counts.evidence().stage(0).requests
    assert requests == {"candidate": 6, "champion": 6, "pairs": 0}


def test_predictions_of_pairs_add_up(counts: RolloutCounts) -> None:
    counts.add_pair(3, Sums(2, 1.0, 1.0, 5.0, 13.0))
    counts.add_pair(3, Sums(1, -1.0, 1.0, 2.0, 4.0))
    found = counts.evidence().stage(3)
    assert (found.pairs, found.requests["pairs"]) == (Sums(3, 0.0, 2.0, 7.0, 17.0), 2)


def test_counting_goes_on_where_another_process_left_off(counts: RolloutCounts) -> None:
    freeze(counts)
    counts.count(0, CANDIDATE, record("anna"), ERRORS)
    counts.add_pair(0, Sums(1, 1.0, 1.0, 1.0, 1.0))
    counts.turn_back(TurnedBack("errors", "too many", "2026-01-01"))
    again = RolloutCounts(PLAN, counts.evidence())
    assert again.evidence() == counts.evidence()
    again.count(0, CANDIDATE, record("anna"), ERRORS)
    again.count(0, CHAMPION, record("bert", 0.00201))
    assert (bad(again, ERRORS), bad(again, SLOW)) == ((1, 0), (0, 1))
    assert again.evidence().stage(0).requests["candidate"] == 2


def test_what_was_read_does_not_change(counts: RolloutCounts) -> None:
    before = counts.evidence()
    changes = counts.changes
    counts.count(0, CANDIDATE, record("anna"), ERRORS)
    assert before == Evidence()
    assert counts.changes > changes
    assert counts.evidence() == counts.evidence() != before


def test_the_keys_of_a_stage_are_bounded(counts: RolloutCounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_counts, "MOST_KEYS", 3)
    for number in range(9):
        counts.count(0, CANDIDATE, record(str(number)), ERRORS)
    assert bad(counts, ERRORS) == (3, 0)


def test_threads_lose_no_count(counts: RolloutCounts) -> None:
    def work() -> None:
        for _ in range(3000):
            counts.count(0, CHAMPION, record("anna"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.evidence().stage(0).requests["champion"] == 12_000
