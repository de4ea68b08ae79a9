"""What serves is what the states say: champion and previous, of one name, with the record of their files."""

from pathlib import Path

import pytest

from pipeline.lineage.events import State
from pipeline.lineage.models import Models
from pipeline.lineage.serve_file import publish, served_file_of, stale
from pipeline.runners.workspace import Workspace
from serving.models import served_file
from serving.models.served_file import ServedEntry, ServedFile, ServedRollout
from tests.pipeline.lineage.told_models import PLAN, move, rolled, told, version

LIVE, WITHDRAWN, SHADOW, CANARY = State.LIVE, State.WITHDRAWN, State.SHADOW, State.CANARY
CHAMPION, PREVIOUS = ("champion",), ("previous",)


def entries(models: Models, name: str = "flights") -> list[tuple[int, tuple[str, ...], float]]:
    return [(each.number, each.labels, each.share) for each in served_file_of(models, name).versions]


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ([], []),
        ([("1.0.1", LIVE)], [(1, CHAMPION, 1.0)]),
        ([("1.0.1", LIVE), ("1.0.2", LIVE)], [(2, CHAMPION, 1.0), (1, PREVIOUS, 0.0)]),
        ([("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.2", WITHDRAWN)], [(1, CHAMPION, 1.0)]),
        ([("1.0.1", LIVE), ("1.0.1", WITHDRAWN)], []),
    ],
)
def test_champion_and_previous_serve_and_nothing_else(moves: list, expected: list):
    assert entries(told(*moves)) == expected


def test_in_a_rollout_the_champion_keeps_what_the_canary_does_not_have():
    models = told(("1.0.1", LIVE), ("1.0.2", LIVE)).with_event(rolled(SHADOW, "1.0.3", 5))
    assert entries(models) == [(2, CHAMPION, 1.0), (3, ("shadow",), 0.0), (1, PREVIOUS, 0.0)]
    assert served_file_of(models, "flights").rollout == ServedRollout(PLAN, 0, False, 3)
    models = models.with_event(rolled(CANARY, "1.0.3", 6, stage=1, plan=None, paused=True))
    assert entries(models) == [(2, CHAMPION, 0.9), (3, ("canary",), 0.1), (1, PREVIOUS, 0.0)]
    assert served_file_of(models, "flights").rollout == ServedRollout(PLAN, 1, True, 3)
    done = models.with_event(move(State.QUARANTINED, "1.0.3", 7))
    assert entries(done) == [(2, CHAMPION, 1.0), (1, PREVIOUS, 0.0)]
    assert served_file_of(done, "flights").rollout is None


def test_a_version_comes_with_the_record_of_its_files():
    models = Models((version(1, files="record"), version(2)))
    models = models.with_event(move(LIVE, "1.0.1", 1)).with_event(move(LIVE, "1.0.2", 2))
    assert [each.files for each in served_file_of(models, "flights").versions] == ["", "record"]


def test_under_a_former_name_what_was_live_last_goes_on_until_it_is_withdrawn():
    models = Models((version(1, name="ships"), version(2)))
    models = models.with_event(move(LIVE, "1.0.1", 1)).with_event(move(LIVE, "1.0.2", 2))
    assert entries(models, "ships") == [(1, (), 1.0)]
    assert entries(models, "flights") == [(2, CHAMPION, 1.0)]
    assert entries(models.with_event(move(WITHDRAWN, "1.0.1", 3)), "ships") == []


def test_of_a_number_that_was_given_twice_the_folder_is_the_champions():
    models = Models((version(1, run="a"), version(1, run="b")))
    models = models.with_event(move(LIVE, "a", 1)).with_event(move(LIVE, "b", 2))
    assert entries(models) == [(1, CHAMPION, 1.0)]


def test_each_name_has_its_file_and_what_is_right_is_not_written_again(tmp_path: Path):
    workspace = Workspace(tmp_path)
    models = Models((version(1, name="ships"), version(2)))
    first = models.with_event(move(LIVE, "1.0.1", 1))
    publish(first, workspace)
    assert served_file.read(workspace.served_models("ships")) == ServedFile(
        "ships", (ServedEntry(1, "1.0.1", CHAMPION, 1.0, ""),)
    )
    assert served_file.read(workspace.served_models("flights")) == ServedFile("flights")
    assert stale(first, workspace) == []
    written = (workspace.served_models("ships") / "serving.json").stat().st_ino
    publish(first, workspace)
    assert (workspace.served_models("ships") / "serving.json").stat().st_ino == written
    second = first.with_event(move(LIVE, "1.0.2", 2))
    assert [each.model for each in stale(second, workspace)] == ["ships", "flights"]
    publish(second, workspace)
    assert served_file.read(workspace.served_models("ships")).default.labels == ()
    assert served_file.read(workspace.served_models("flights")).default.version == "1.0.2"


def test_publishing_removes_what_a_killed_writer_left(tmp_path: Path):
    workspace = Workspace(tmp_path)
    folder = workspace.served_models("flights")
    folder.mkdir(parents=True)
    (folder / ".serving.json.1a2b").write_text("{")
    publish(told(("1.0.1", LIVE)), workspace)
    assert [path.name for path in folder.iterdir()] == ["serving.json"]
