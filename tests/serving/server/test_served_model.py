"""The parts of a served model know each other."""

from pathlib import Path

from serving.models.highest_number import HighestNumber
from serving.server.served_model import ServedModel
from serving.server.settings import ServerSettings


def test_its_counts_show_its_rollout(tmp_path: Path) -> None:
    made = ServedModel(
        ServerSettings("m", tmp_path), HighestNumber(tmp_path), lambda *_: None, lambda *_told: None
    )
    assert b"# TYPE evergreen_rollout_stage gauge" in made.metrics.text("")[0]
