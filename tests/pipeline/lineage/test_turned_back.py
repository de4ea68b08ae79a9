"""What a server decided by itself is on record, and holds for every server."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.lineage.events import State
from pipeline.lineage.registry import Registry
from pipeline.lineage.rollouts import rollouts_of
from pipeline.lineage.turned_back import book_turned_back
from serving.models import served_file
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import PLAN, move, rolled, version

READ = "failed requests: 20 on the candidate, 3 on the champion"


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Live 1.0.1, and 1.0.2 in the second stage of the rollout r1."""
    registries.begin("mlmd", str(tmp_path))
    for number in (1, 2, 3):
        registries.record_release(tmp_path, version(number))
        (tmp_path / "models" / "flights" / str(number)).mkdir(parents=True)
    registry = registries.open_registry("mlmd", str(tmp_path))
    registry.append(
        move(State.LIVE, "1.0.1"),
        rolled(State.SHADOW, "1.0.2", 1),
        rolled(State.CANARY, "1.0.2", 2, stage=1, plan=None),
    )
    return registry


def test_the_candidate_is_quarantined_with_its_evidence_and_serves_nowhere(
    registry: Registry, tmp_path: Path
) -> None:
    served = tmp_path / "models" / "flights"
    assert [each.number for each in served_file.read(served).versions] == [1, 2]
    for _ in range(2):  # another server books the same
        book_turned_back(registry, "r1", "errors", READ)
    models = registry.read()
    (rollout,) = rollouts_of(models)
    assert (models.state("1.0.2"), rollout.outcome) == (State.QUARANTINED, "turned back")
    assert (rollout.end.reason, rollout.end.who) == (f"errors: {READ}", "model server")
    assert (rollout.end.rollout.stage, READ in rollout.end.rollout.evidence) == (1, True)
    file = served_file.read(served)
    assert ([each.number for each in file.versions], file.rollout) == ([1], None)


def test_a_rollout_that_is_over_stays_as_it_ended(registry: Registry) -> None:
    registry.append(move(State.LIVE, "1.0.3", 3))  # a person's decision, which ends the rollout
    book_turned_back(registry, "r1", "errors", READ)
    assert registry.read().state("1.0.2") is State.CANDIDATE
    registry.append(rolled(State.SHADOW, "1.0.2", 4, plan=replace(PLAN, id="r2")))
    book_turned_back(registry, "r1", "errors", READ)
    assert registry.read().state("1.0.2") is State.SHADOW
