"""Evidence of a rollout is kept until ten others ended after it."""

import dataclasses
from pathlib import Path

from pipeline.lineage import rollout_moves
from pipeline.lineage.events import State
from pipeline.lineage.old_evidence import KEPT
from pipeline.lineage.rollouts import running
from tests.pipeline.lineage.told_models import PLAN
from tests.pipeline.rollout.deployments import Deployment, deployed


def begin(deployment: Deployment, number: int) -> None:
    models, plan = deployment.registry.read(), dataclasses.replace(PLAN, id=f"r{number}")
    deployment.registry.append(rollout_moves.start(models, models.find("1.0.2"), plan, reason="r", who="Ada"))
    deployment.saw(plan.id, 0, requests={"candidate": 1})


def end(deployment: Deployment) -> None:
    models = deployment.registry.read()
    ended = rollout_moves.end(models, running(models), State.CANDIDATE, reason="r", who="Ada")
    deployment.registry.append(ended)


def test_the_evidence_of_the_last_rollouts_is_kept_and_that_of_one_under_way(tmp_path: Path):
    deployment = deployed(tmp_path)
    folder = tmp_path / "models" / "flights" / "rollouts"

    def kept() -> list[str]:
        return sorted((path.name for path in folder.iterdir()), key=lambda name: int(name[1:] or 0))

    deployment.saw("x0", 0)  # of no rollout on record
    for number in range(1, KEPT + 2):
        begin(deployment, number)
        if number == KEPT + 1:
            break
        end(deployment)
    last = [f"r{number}" for number in range(1, KEPT + 2)]
    assert kept() == ["x0", *last], "only ten ended, and one is under way"
    end(deployment)
    assert kept() == ["x0", *last[1:]]
    begin(deployment, KEPT + 2)
    assert kept() == ["x0", *last[1:], f"r{KEPT + 2}"]
