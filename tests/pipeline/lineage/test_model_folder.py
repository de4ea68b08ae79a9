"""A version is served from the files that were recorded; where they are others, they are fetched again."""

import shutil
from pathlib import Path

import pytest

from components.model_files.folder import record_of
from pipeline.errors import UserError
from pipeline.lineage.events import ModelVersion
from pipeline.lineage.model_folder import ensure
from pipeline.lineage.runs import SUCCEEDED, Artifact, Run, Stage
from pipeline.runners.workspace import Workspace
from tests.pipeline.lineage.told_models import START, version


def write_model(folder: Path) -> None:
    (folder / "assets").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "assets" / "vocabulary").write_text("EWR\nJFK\nLGA\n")


def contents(folder: Path) -> dict[str, str]:
    return {str(each.relative_to(folder)): each.read_text() for each in folder.rglob("*") if each.is_file()}


WHOLE = {"saved_model.pb": "graph", "assets/vocabulary": "EWR\nJFK\nLGA\n"}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = Workspace(tmp_path / "root")
    place.prepare()
    return place


@pytest.fixture
def run(workspace: Workspace) -> Run:
    """The run that pushed version 3, whose copy is whole."""
    pushed = workspace.artifacts / "Pusher" / "pushed_model" / "9"
    write_model(pushed)
    artifact = Artifact(1, "PushedModel", str(pushed), START, {})
    stage = Stage(1, "Pusher", "complete", 1.0, {}, {"pushed_model": (artifact,)})
    return Run("run-3", SUCCEEDED, "", START, {}, (stage,))


@pytest.fixture
def released(run: Run, workspace: Workspace) -> ModelVersion:
    """Version 3, in its place."""
    write_model(workspace.served_models("flights") / "3")
    trained = workspace.artifacts / "Trainer" / "model" / "8"
    write_model(trained / "Format-Serving")
    record = record_of(run.stages[0].output("pushed_model").uri)
    return version(3, files=record, model_uri=str(trained))


def served(workspace: Workspace) -> Path:
    return workspace.served_models("flights") / "3"


def test_a_whole_folder_is_left_alone(workspace: Workspace, run: Run, released: ModelVersion):
    before = served(workspace).stat().st_ino
    assert ensure(released, run, workspace) is None
    assert served(workspace).stat().st_ino == before


@pytest.mark.parametrize("fault", ["gone", "half a vocabulary", "a file more"])
def test_a_folder_that_is_not_as_recorded_is_fetched_again(
    workspace: Workspace, run: Run, released: ModelVersion, fault: str
):
    folder = served(workspace)
    if fault == "gone":
        shutil.rmtree(folder.parent)
    elif fault == "half a vocabulary":
        (folder / "assets" / "vocabulary").write_text("EWR\n")
    else:
        (folder / "assets" / "more").write_text("?")
    assert ensure(released, run, workspace) == run.stages[0].output("pushed_model").uri
    assert contents(folder) == WHOLE
    assert [each.name for each in workspace.models.iterdir()] == ["flights"]


def test_where_pushers_copy_is_spoiled_too_the_trainers_is_taken(
    workspace: Workspace, run: Run, released: ModelVersion
):
    Path(run.stages[0].output("pushed_model").uri, "assets", "vocabulary").write_text("EWR\n")
    shutil.rmtree(served(workspace))
    assert ensure(released, run, workspace) == f"{released.facts['model_uri']}/Format-Serving"
    assert contents(served(workspace)) == WHOLE


def test_without_a_whole_copy_nothing_is_touched(workspace: Workspace, run: Run, released: ModelVersion):
    (served(workspace) / "assets" / "vocabulary").write_text("EWR\n")
    shutil.rmtree(workspace.artifacts)
    said = (
        r"1\.0\.3 cannot be served: .*assets/vocabulary has 4 bytes, and had 12; .*; no whole copy of it is "
    )
    with pytest.raises(UserError, match=said):
        ensure(released, run, workspace)
    assert contents(served(workspace)) == {**WHOLE, "assets/vocabulary": "EWR\n"}


def test_an_old_release_without_a_record_needs_a_model_and_no_more(
    workspace: Workspace, run: Run, released: ModelVersion
):
    unrecorded = version(3, model_uri=released.facts["model_uri"])
    (served(workspace) / "assets" / "vocabulary").write_text("EWR\n")
    assert ensure(unrecorded, run, workspace) is None
    shutil.rmtree(served(workspace))
    assert ensure(unrecorded, None, workspace) == f"{released.facts['model_uri']}/Format-Serving"


def test_what_a_killed_fetch_left_is_removed(workspace: Workspace, run: Run, released: ModelVersion):
    (workspace.models / ".fetch-1a2b" / "model").mkdir(parents=True)
    shutil.rmtree(served(workspace))
    ensure(released, run, workspace)
    assert [each.name for each in workspace.models.iterdir()] == ["flights"]


def test_nobody_waits_for_a_copy_and_copies_of_two_versions_do_not_meet(
    workspace: Workspace, run: Run, released: ModelVersion, monkeypatch: pytest.MonkeyPatch
):
    """While one version is being copied, another one is fetched from beginning to end."""
    other = version(4, files=released.facts["files"], model_uri=released.facts["model_uri"])
    shutil.rmtree(served(workspace))
    copy, met = shutil.copytree, []

    def slow(source: str, staged: str, *others: object) -> None:
        copy(source, staged, *others)
        if not met and Path(staged).name == "model":
            met.append("the other one")
            met.append(ensure(other, run, workspace))

    monkeypatch.setattr(shutil, "copytree", slow)
    assert ensure(released, run, workspace) == met[1]
    for number in ("3", "4"):
        assert contents(workspace.served_models("flights") / number) == WHOLE
    assert [each.name for each in workspace.models.iterdir()] == ["flights"]


def test_a_copy_that_came_out_spoiled_replaces_nothing(
    workspace: Workspace, run: Run, released: ModelVersion, monkeypatch: pytest.MonkeyPatch
):
    (served(workspace) / "assets" / "vocabulary").write_text("EWR\n")
    copy = shutil.copytree

    def spoiled(source: str, staged: str, *others: object) -> None:
        copy(source, staged, *others)
        if Path(staged).name == "model":
            Path(staged, "saved_model.pb").write_bytes(b"gra")

    monkeypatch.setattr(shutil, "copytree", spoiled)
    with pytest.raises(
        UserError, match=r"1\.0\.3 cannot be served: .*saved_model\.pb has 3 bytes, and had 5"
    ):
        ensure(released, run, workspace)
    assert contents(served(workspace)) == {**WHOLE, "assets/vocabulary": "EWR\n"}
    assert [each.name for each in workspace.models.iterdir()] == ["flights"]
