"""Each guard: what fires it, what does not, and what it says."""

import dataclasses
import math

import pytest

from serving.rollout.evidence import ANSWERS, ERRORS, SLOW, Evidence, Labelled, StageEvidence, Sums
from serving.rollout.guards_rule import BROKEN, METRIC, PREDICTIONS, look
from serving.rollout.plan import CANARY, GuardLimits, RolloutPlan, Stage

PLAN = RolloutPlan("id", CANARY, (Stage(0, 2_000), Stage(0.05, 2_000), Stage(0.25, 5_000)))
EVERY = (ERRORS, ANSWERS, SLOW, PREDICTIONS, METRIC)


def reading(name, evidence, plan=PLAN, **options):
    by_name = {each.name: each for each in look(plan, evidence, **options)}
    assert tuple(by_name) == EVERY
    return by_name[name]


def events(guard, stage, candidate, champion, **more):
    bad = {guard: {"candidate": frozenset(range(candidate)), "champion": frozenset(range(champion))}}
    return Evidence({stage: StageEvidence({}, bad, **more)})


def limited(**limits):
    return dataclasses.replace(PLAN, limits=dataclasses.replace(GuardLimits(), **limits))


def paired(count, shift=0.0, differs=0.4):
    """Returns pairs of a champion whose answers have the mean 2 and the deviation 1."""
    squares = count * (differs**2 + shift**2)
    return Evidence({0: StageEvidence(pairs=Sums(count, count * shift, squares, 2.0 * count, 5.0 * count))})


def labelled(*losses, se=0.003, rows=5_000):
    days = enumerate(losses, start=1)
    return Evidence(
        labelled=tuple(
            Labelled(f"2026-01-{day:02}", rows, 0.75, 0.75 - loss, -loss, se) for day, loss in days
        )
    )


def test_nothing_fires_before_anything_is_known():
    readings = look(PLAN, Evidence())
    assert [each.name for each in readings] == list(EVERY)
    assert not any(each.fired for each in readings)
    assert "none came" in readings[-1].text


def test_a_guard_that_could_not_fire_whatever_happened_says_that_it_is_blind():
    assert all(each.blind for each in look(PLAN, Evidence()))
    four = Evidence({1: StageEvidence({"candidate": 4}, slow_over_ms=1.0)})
    for guard in (ERRORS, ANSWERS, SLOW):
        assert reading(guard, Evidence({1: StageEvidence({"candidate": 3}, slow_over_ms=1.0)})).blind == (
            "asked 3 times, and it takes 4 faults"
        )
        assert not reading(guard, four).blind
        assert reading(guard, events(guard, 1, 4, 0, slow_over_ms=1.0)).fired, "4 are what it takes"
    assert (
        reading(SLOW, Evidence({1: StageEvidence({"candidate": 900})})).blind
        == "what is slow is not known yet"
    )
    assert not reading(SLOW, events(SLOW, 1, 4, 0)).blind
    assert reading(ERRORS, Evidence({0: StageEvidence({"candidate": 4})})).blind, (
        "half of the events are its share"
    )
    assert not reading(PREDICTIONS, paired(2)).blind
    assert not reading(METRIC, labelled(0.0)).blind


@pytest.mark.parametrize("guard", [ERRORS, ANSWERS, SLOW])
def test_events_on_the_candidate_beyond_its_share_fire(guard):
    assert reading(guard, events(guard, 1, 4, 0)).fired
    assert not reading(guard, events(guard, 1, 3, 0)).fired
    assert not reading(guard, events(guard, 1, 6, 94)).fired
    assert not any(each.fired for each in look(PLAN, events(guard, 1, 4, 0)) if each.name != guard)


def test_in_a_shadow_stage_half_of_the_events_are_the_candidates_share():
    assert not reading(ERRORS, events(ERRORS, 0, 4, 0)).fired
    assert reading(ERRORS, events(ERRORS, 0, 50, 10)).fired
    assert not reading(ERRORS, events(ERRORS, 0, 50, 50)).fired


def test_evidence_of_all_stages_counts_together():
    three, two = events(ERRORS, 1, 3, 0), events(ERRORS, 2, 2, 0)
    assert not reading(ERRORS, three).fired
    assert not reading(ERRORS, two).fired
    assert reading(ERRORS, three + two).fired


def test_evidence_at_its_limit_does_not_fire():
    seen = events(ERRORS, 1, 4, 0)
    found = reading(ERRORS, seen).evidence
    assert not reading(ERRORS, seen, limited(e_limit=found)).fired
    assert reading(ERRORS, seen, limited(e_limit=found * 0.999)).fired


def test_a_guard_of_events_says_what_more_turns_the_candidate_back():
    text = reading(ERRORS, events(ERRORS, 1, 1, 2)).text
    more = int(text.rpartition("; ")[2].split()[0])
    assert text.startswith("failed requests: 1 on the candidate, 2 on the champion; evidence")
    assert reading(ERRORS, events(ERRORS, 1, 1 + more, 2)).fired
    assert not reading(ERRORS, events(ERRORS, 1, more, 2)).fired
    assert "more" not in reading(ERRORS, events(ERRORS, 1, 9, 0)).text
    assert "more" not in reading(ERRORS, events(ERRORS, 1, 1, 2), needed=False).text
    assert "more" not in reading(ERRORS, Evidence()).text


def test_what_is_slow_is_said_once_it_is_known():
    assert "slow calls (over 12.3 ms): 2" in reading(SLOW, events(SLOW, 1, 2, 0, slow_over_ms=12.345)).text
    unknown = Evidence({1: StageEvidence({"champion": 120})})
    assert "(known after 200 calls of the champion, 120 so far)" in reading(SLOW, unknown).text
    assert "over" not in reading(ERRORS, events(ERRORS, 1, 2, 0, slow_over_ms=12.3)).text


@pytest.mark.parametrize("shift", [0.1, -0.1])
def test_shifted_predictions_fire_whatever_the_direction(shift):
    assert reading(PREDICTIONS, paired(2_500, shift)).fired
    assert not reading(PREDICTIONS, paired(500, shift)).fired
    assert f"shifted by {shift:+.3f} ± " in reading(PREDICTIONS, paired(500, shift)).text


def test_a_tolerated_shift_does_not_fire():
    assert not reading(PREDICTIONS, paired(1_000_000, 0.05)).fired
    found = reading(PREDICTIONS, paired(2_500, 0.1)).evidence
    assert not reading(PREDICTIONS, paired(2_500, 0.1), limited(shift_sd=found)).fired


@pytest.mark.parametrize("judged", [0.13, -0.13, 0.0])
def test_a_shift_that_was_judged_is_expected_and_another_one_fires(judged):
    plan = dataclasses.replace(PLAN, expected_shift_sd=judged)
    for beside in (0.1, -0.1):
        assert reading(PREDICTIONS, paired(2_500, judged + beside), plan).fired
        assert not reading(PREDICTIONS, paired(2_500, judged + beside / 10), plan).fired
    text = reading(PREDICTIONS, paired(2_500, 0.14), plan).text
    assert f"{judged:+.3f} was judged, on 2,500 pairs" in text or (not judged and "none was judged" in text)


def test_days_that_differed_when_it_was_judged_may_differ_again():
    odd = dataclasses.replace(PLAN, shift_day_sd=0.03)
    assert reading(PREDICTIONS, paired(5_000, 0.1)).fired
    assert not reading(PREDICTIONS, paired(5_000, 0.1), odd).fired
    assert reading(PREDICTIONS, paired(5_000, 0.25), odd).fired
    assert "limit 0.17; about" in reading(PREDICTIONS, paired(50), odd).text
    limits = dataclasses.replace(odd.limits, shift_days=0.0)
    assert reading(PREDICTIONS, paired(5_000, 0.1), dataclasses.replace(odd, limits=limits)).fired


def test_a_shift_is_measured_in_the_champions_deviations():
    wide = Sums(2_500, 250.0, 425.0, 0.0, 2_500 * 100.0)
    assert reading(PREDICTIONS, Evidence({0: StageEvidence(pairs=wide)})).evidence < 0.01


def test_few_pairs_that_differ_by_the_same_do_not_look_sure():
    assert not reading(PREDICTIONS, paired(2, 0.5, differs=0)).fired
    assert "± " in reading(PREDICTIONS, paired(2, 0.5, differs=0)).text
    assert reading(PREDICTIONS, paired(200, 0.5, differs=0)).fired


def test_pairs_that_say_nothing_of_the_spread_do_not_fire():
    for pairs in (
        Sums(1, 9.0, 81.0, 1.0, 1.0),
        Sums(900, 900.0, 900.0),
        Sums(900, 900.0, 900.0, 900.0, 900.0),
    ):
        assert not reading(PREDICTIONS, Evidence({0: StageEvidence(pairs=pairs)})).fired
        assert f"({pairs.count})" in reading(PREDICTIONS, Evidence({0: StageEvidence(pairs=pairs)})).text


def test_the_predictions_say_how_many_pairs_more_show_a_shift():
    text = reading(PREDICTIONS, paired(1_000)).text
    more = int(text.rpartition("about ")[2].split()[0].replace(",", ""))
    assert text.endswith("pairs more show a shift of 0.1 sd")
    assert "would be seen by now" in reading(PREDICTIONS, paired(1_000 + more)).text
    assert "would be seen" not in reading(PREDICTIONS, paired(900 + more)).text
    assert reading(PREDICTIONS, paired(1_010 + more, 0.1)).fired
    assert "more" not in reading(PREDICTIONS, paired(1_000), needed=False).text
    assert "seen" not in reading(PREDICTIONS, paired(9_000, 0.2)).text
    assert reading(PREDICTIONS, paired(200), limited(shift_sd=10)).text.endswith(
        "limit 10; a shift of 20 sd would be seen by now"
    )
    judged = dataclasses.replace(PLAN, expected_shift_sd=0.2)
    assert reading(PREDICTIONS, paired(1_000, 0.2), judged).text.endswith("show a shift of 0.1 sd from it")


def test_a_loss_on_labels_fires_and_a_gain_does_not():
    assert reading(METRIC, labelled(0.03, 0.03)).fired
    assert not reading(METRIC, labelled(0.01)).fired
    assert not reading(METRIC, labelled(-0.2, -0.2)).fired
    assert reading(METRIC, labelled(-0.2)).evidence == 0
    found = reading(METRIC, labelled(0.03, 0.03)).evidence
    assert not reading(METRIC, labelled(0.03, 0.03), limited(metric_loss=found)).fired


def test_days_that_few_rows_judge_neither_decide_nor_hide_a_loss():
    """Four rows in perfect order have no spread at all; a day with one class has no standard error."""
    sure = labelled(0.5, se=0.0, rows=4)
    assert not reading(METRIC, sure).fired
    both = Evidence(labelled=(*labelled(0.0, se=0.0, rows=4).labelled, *labelled(0.03, 0.03).labelled))
    assert reading(METRIC, both).fired
    assert "none came" in reading(METRIC, labelled(0.5, se=math.nan)).text


def test_the_metric_says_how_many_rows_more_show_a_loss():
    text = reading(METRIC, labelled(0.0, se=0.01)).text
    assert "worse by 0.0000 ± " in text
    assert "worse by 0.0216 ± " in reading(METRIC, labelled(0.0216)).text
    assert "better by 0.0216 ± " in reading(METRIC, labelled(-0.0216)).text
    assert "on 5,000 rows of 1 span;" in text
    assert text.endswith("rows more show a loss of 0.02")
    assert "more" not in reading(METRIC, labelled(0.0, se=0.01), needed=False).text
    assert "more" not in reading(METRIC, labelled(0.1, se=0.01)).text
    assert "of 2 spans;" in reading(METRIC, labelled(0.0, 0.0)).text
    assert "would be seen by now" in reading(METRIC, labelled(*[0.0] * 9)).text


def test_a_guard_that_cannot_judge_is_broken_and_the_others_fire():
    """What a plan may not hold, and evidence of another plan: nothing of it silences the rest."""
    bad_events = events(ERRORS, 1, 40, 0) + labelled(0.5)
    for plan in (limited(metric_scale=float("nan")), limited(metric_loss=float("nan"))):
        found = {each.name: each for each in look(plan, bad_events)}
        assert found[ERRORS].fired
    found = {each.name: each for each in look(limited(e_limit=0.0), labelled(0.5) + paired(2_000, shift=9))}
    assert (found[METRIC].blind, found[PREDICTIONS].blind, found[METRIC].fired) == (BROKEN, BROKEN, False)
    assert found[METRIC].text == (
        "cannot judge by the limits and the evidence it has: ValueError: math domain error"
    )
    found = {each.name: each for each in look(PLAN, events(ERRORS, 9, 1, 0) + labelled(0.5))}
    assert (found[ERRORS].blind, found[METRIC].fired) == (BROKEN, True)
