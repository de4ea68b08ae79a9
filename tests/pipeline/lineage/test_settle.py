"""What a run does with its candidate: serve it, leave it, or begin its rollout, and that once."""

from pathlib import Path

import pytest

from pipeline.config.load import load
from pipeline.lineage.events import State, decided
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.lineage.rollouts import rollouts_of
from pipeline.lineage.settle import settle
from pipeline.runners.workspace import Workspace
from serving.models import served_file
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import version

STAGES = "[{share: 0, requests: 9}, {share: 0.25, requests: 9}]"


@pytest.mark.parametrize(
    ("policy", "state", "stages"),
    [
        ("immediate", "live", 0),
        ("manual", "candidate", 0),
        ("canary", "shadow", 2),
        ("shadow", "shadow", 1),
    ],
)
def test_a_run_does_with_its_candidate_what_the_policy_says(
    tmp_path: Path, policy: str, state: str, stages: int
):
    registries.begin("mlmd", str(tmp_path))
    for number in (1, 2):
        registries.record_release(tmp_path, version(number))
    workspace, section = Workspace(tmp_path), load("local", {"rollout.stages": STAGES}).rollout
    MlmdRegistry(workspace).append(decided("1.0.1", State.LIVE, reason="r", who="release.policy"))
    with workspace.lock():
        for _ in range(2):  # before the next run as well
            models = settle(MlmdRegistry(workspace, holds_lock=True), policy, section)
    assert models.state("1.0.2").value == state
    assert [len(each.plan.stages) for each in rollouts_of(models)] == ([stages] if stages else [])
    served = served_file.read(workspace.served_models("flights"))
    assert (served.rollout is not None) is bool(stages)
