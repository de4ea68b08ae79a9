"""A record that was restored from an older backup is found out before a run, and the way out is said."""

import re
from pathlib import Path

import pytest

from pipeline import retrain
from pipeline.errors import UserError
from pipeline.runners.workspace import Workspace
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import version


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace whose record knows the executions 1 and 2."""
    made = Workspace(tmp_path)
    made.prepare()
    for number in (1, 2):
        registries.record_release(tmp_path, version(number))
        (tmp_path / "artifacts" / "Release" / "release" / str(number)).mkdir(parents=True)
    return made


@pytest.mark.parametrize("left", ["SchemaImport/schema/3", "Trainer/.system/executor_execution/12"])
def test_a_folder_of_an_execution_that_is_not_on_record_stops_a_run_before_it_begins(
    workspace: Workspace, left: str
):
    (workspace.artifacts / left).mkdir(parents=True)
    said = (
        f"its newest execution is 2, and artifacts/{left} is of a later one; put the newest copy of the file"
    )
    with pytest.raises(UserError, match=re.escape(said)) as refused:
        retrain._recorded_runs(workspace)
    assert str(refused.value).startswith(f"{workspace.metadata} is older than the files beside it")
    (workspace.artifacts / left).rename(workspace.root / "moved away")
    assert [run.id for run in retrain._recorded_runs(workspace)] == ["run-1", "run-2"]


def test_other_folders_are_no_executions(workspace: Workspace):
    for name in ("spans/05/" + "7" * 64, "Trainer/model/new", "Trainer/model/٣", "Trainer/7"):
        (workspace.artifacts / name).mkdir(parents=True)
    assert len(retrain._recorded_runs(workspace)) == 2
