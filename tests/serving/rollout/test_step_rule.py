"""What becomes of a rollout: one test an arrow of the drawing, and which of two goes first."""

import dataclasses
import datetime as dt

import pytest

from serving.rollout.evidence import Evidence, StageEvidence, TurnedBack
from serving.rollout.guards_rule import GuardReading
from serving.rollout.plan import AB, CANARY, RolloutPlan, Stage
from serving.rollout.step_rule import Decision, Kind, Situation, TrafficPolicy, decide, requests_of

PLAN = RolloutPlan("id", CANARY, (Stage(0, 100), Stage(0.05, 200), Stage(0.5, 300)))
NOW = dt.datetime(2026, 1, 3, tzinfo=dt.timezone.utc)
CALM = GuardReading("errors", 1.0, 500.0, False, "failed requests: none")
FIRED = GuardReading("slow", 600.0, 500.0, True, "slow calls: 9 on the candidate")


def situation(stage=1, seen=0, **changes):
    side = "candidate" if PLAN.stages[stage].share else "pairs"
    standard = Situation(
        plan=PLAN,
        stage=stage,
        paused=False,
        evidence=Evidence({stage: StageEvidence({side: seen})}),
        readings=(CALM,),
        champion_changed=False,
        newer="",
        on_newer="wait",
        now=NOW,
        stage_since=NOW - dt.timedelta(hours=1),
        too_little=TrafficPolicy(48, "hold"),
    )
    return dataclasses.replace(standard, **changes)


def late(then, **changes):
    since = NOW - dt.timedelta(hours=48)
    return situation(stage_since=since, too_little=TrafficPolicy(48, then), **changes)


def turned_back():
    return Evidence(turned_back=TurnedBack("answers", "NaN", "2026-01-02T00:00:00+00:00"))


def test_a_guard_that_fired_turns_it_back():
    assert decide(situation(readings=(CALM, FIRED))) == Decision(
        Kind.TURN_BACK, "slow: slow calls: 9 on the candidate", "slow"
    )


def test_what_a_server_turned_back_stays_turned_back():
    assert decide(situation(evidence=turned_back())) == Decision(Kind.TURN_BACK, "answers: NaN", "answers")


@pytest.mark.parametrize("stage", [0, 1])
def test_a_stage_that_has_its_requests_goes_on_to_the_next_one(stage):
    needed = PLAN.stages[stage].requests
    assert decide(situation(stage, needed)).kind is Kind.ADVANCE
    assert decide(situation(stage, needed - 1)).kind is Kind.HOLD


def test_the_last_stage_goes_live():
    assert decide(situation(2, 300)) == Decision(
        Kind.PROMOTE, "300 of 300 requests of the candidate, and no guard fired"
    )
    assert decide(situation(2, 299)) == Decision(Kind.HOLD, "299 of 300 requests of the candidate so far")


def test_in_a_shadow_pairs_count_and_in_a_canary_what_the_candidate_answered():
    seen = Evidence({each: StageEvidence({"candidate": 7, "pairs": 9, "champion": 90}) for each in (0, 1)})
    assert requests_of(PLAN, 0, seen) == (9, 100)
    assert requests_of(PLAN, 1, seen) == (7, 200)
    assert requests_of(PLAN, 2, seen) == (0, 300)
    assert "9 of 100 pairs" in decide(situation(0, evidence=seen)).reason


def test_an_ab_with_its_requests_asks_a_person():
    plan = dataclasses.replace(PLAN, kind=AB)
    assert decide(situation(2, 300, plan=plan)).kind is Kind.ASK
    assert decide(situation(2, 299, plan=plan)).kind is Kind.HOLD
    assert decide(situation(2, 0, plan=plan, readings=(FIRED,))).kind is Kind.TURN_BACK


def test_another_champion_ends_it():
    assert decide(situation(champion_changed=True)).kind is Kind.END


def test_a_newer_candidate_supersedes_it_or_waits():
    assert decide(situation(newer="1.0.9", on_newer="supersede")) == Decision(Kind.END, "superseded by 1.0.9")
    assert decide(situation(newer="1.0.9", on_newer="wait")).kind is Kind.HOLD
    both = dataclasses.replace(PLAN, kind=AB)
    assert decide(situation(newer="1.0.9", on_newer="supersede", plan=both)).kind is Kind.HOLD
    assert decide(situation(newer="", on_newer="supersede")).kind is Kind.HOLD


def test_a_pause_holds_all_but_the_guards_and_the_end():
    held = situation(1, 900, paused=True, newer="1.0.9", on_newer="supersede")
    assert decide(held) == Decision(Kind.HOLD, "paused; the guards go on watching")
    assert decide(situation(paused=True, readings=(FIRED,))).kind is Kind.TURN_BACK
    assert decide(situation(paused=True, champion_changed=True)).kind is Kind.END


def test_guards_go_before_everything():
    assert decide(situation(1, 900, champion_changed=True, readings=(FIRED,))).kind is Kind.TURN_BACK
    assert decide(situation(1, 900, newer="1.0.9", on_newer="supersede")).kind is Kind.END


@pytest.mark.parametrize(
    ("then", "kind", "says"),
    [
        ("hold", Kind.HOLD, "0 of 200 requests of the candidate after 48 h; it waits for more"),
        ("ask", Kind.ASK, "0 of 200 requests of the candidate after 48 h; a person decides"),
        ("promote", Kind.ADVANCE, "too little traffic promotes"),
    ],
)
def test_too_little_traffic_does_what_the_policy_says(then, kind, says):
    assert decide(late(then)).kind is kind
    assert says in decide(late(then)).reason
    early = late(then, now=NOW - dt.timedelta(seconds=1))
    assert decide(early).kind is Kind.HOLD
    assert "so far" in decide(early).reason


def test_too_little_traffic_promotes_from_the_last_stage_and_never_an_ab():
    assert decide(late("promote", stage=2)).kind is Kind.PROMOTE
    assert decide(late("promote", plan=dataclasses.replace(PLAN, kind=AB))).kind is Kind.ASK
