"""What a run is told to be when it ends."""

import dataclasses

import pytest

from pipeline.launch.champion import Champion
from pipeline.lineage.runs import SUCCEEDED, Artifact, Run, Stage
from pipeline.retrain import champion_itself
from tests.pipeline.lineage.told_models import START

CHAMPION = dataclasses.replace(Champion.stand_in(version="1.0.2", model_uri="/r/model/7"), run_id="run-1")


def trained(uri: str) -> Run:
    model = Artifact(1, "Model", uri, START, {})
    return Run(
        "run-2", SUCCEEDED, "", START, {}, (Stage(1, "Trainer", "cached", 0.1, {}, {"model": (model,)}),)
    )


@pytest.mark.parametrize(
    ("run", "champion", "is_said"),
    [
        (trained("/r/model/7"), CHAMPION, True),
        (trained("/r/model/8"), CHAMPION, False),
        (trained("/r/model/7"), None, False),
        (Run("run-2", SUCCEEDED, "", START, {}, ()), CHAMPION, False),
    ],
)
def test_a_model_that_was_judged_beside_itself_is_said_to_be(
    run: Run, champion: Champion | None, is_said: bool
):
    said = champion_itself(run, champion)
    assert bool(said) is is_said
    assert not said or "the same model: this launch trains champion 1.0.2 again, which run run-1" in said[0]
