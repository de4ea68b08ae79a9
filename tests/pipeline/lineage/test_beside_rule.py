"""Which versions can be rolled out side by side, and what a plan takes from the record of a release."""

import dataclasses

import pytest

from pipeline.lineage.beside_rule import judged_beside_another, unlike
from pipeline.lineage.events import ModelVersion, State, decided
from pipeline.lineage.models import Models
from pipeline.lineage.release_policy import POLICY, move_by
from pipeline.lineage.rollouts import rollouts_of
from serving.rollout.plan import RolloutPlan
from tests.pipeline.lineage.told_models import PLAN, move, version
from trainer.task import Task


@pytest.mark.parametrize(
    ("candidate", "live", "can"),
    [
        ("1.0.2", "1.0.1", True),
        ("1.9.2", "1.0.1", True),
        ("2.0.2", "1.0.1", False),
        ("1.0.2", "2.0.1", False),
        ("10.0.2", "1.0.1", False),
        ("", "1.0.1", True),
        ("1.0.2", "", True),
    ],
)
def test_versions_of_one_major_number_answer_the_same_requests(candidate: str, live: str, can: bool):
    pair = (dataclasses.replace(version(2), version=candidate), dataclasses.replace(version(1), version=live))
    assert (not unlike(*pair)) is can


def test_the_plan_of_a_rollout_has_what_the_release_recorded_of_its_answers():
    facts = {
        "task": Task("binary", (0, 1)).as_json(),
        "answer_shift_sd": "0.13",
        "answer_shift_day_sd": "0.02",
        "answer_shift_beside": "/a/model/1",
    }
    live = dataclasses.replace(version(1), facts={"model_uri": "/a/model/1"})
    number = {"task": Task("regression").as_json()}

    def planned(beside: ModelVersion, facts: dict[str, str]) -> RolloutPlan:
        now = Models((beside, dataclasses.replace(version(2), facts=facts)))
        now = now.with_event(decided("1.0.1", State.LIVE, reason="r", who=POLICY))
        (rollout,) = rollouts_of(now.with_event(move_by("canary", now, PLAN)))
        return rollout.plan

    known = {"answer": "probability", "answer_range": (0.0, 1.0)}
    shifts = {"expected_shift_sd": 0.13, "shift_day_sd": 0.02}
    assert planned(live, facts) == dataclasses.replace(PLAN, **known, **shifts)
    assert planned(version(1), facts) == dataclasses.replace(PLAN, **known)  # judged beside another
    assert planned(live, number) == dataclasses.replace(PLAN, answer="prediction")
    assert planned(live, {}) == PLAN  # an older release


@pytest.mark.parametrize(
    ("beside", "says"),
    [
        ("", ""),
        ("/model/2", ""),
        ("/model/1", "1.0.3 was judged against 1.0.1; 1.0.2 is live since 2026-11-27 00:01 UTC"),
        ("/model/9", "1.0.3 was judged against another model; 1.0.2 is live since 2026-11-27 00:01 UTC"),
    ],
)
def test_a_candidate_that_was_judged_against_another_champion_is_told(beside: str, says: str):
    facts = [{"model_uri": f"/model/{number}"} for number in (1, 2, 3)]
    facts[2] |= {"answer_shift_beside": beside} if beside else {}
    models = Models(tuple(version(number + 1, **each) for number, each in enumerate(facts)))
    assert judged_beside_another(models.versions[2], models) == ""
    for minute, name in enumerate(("1.0.1", "1.0.2")):
        models = models.with_event(move(State.LIVE, name, minute))
    assert judged_beside_another(models.versions[2], models) == says
