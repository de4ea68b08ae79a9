"""On this machine: events wait beside a run, are booked by who holds the lock, and survive any kill."""

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pipeline.errors import UserError
from pipeline.lineage import mlmd_registry
from pipeline.lineage.events import Registration, State
from pipeline.lineage.mlmd import MlmdStore, open_store
from pipeline.lineage.mlmd_registry import MlmdRegistry
from pipeline.lineage.pending_events import PendingEvents
from pipeline.lineage.runs import Run
from pipeline.lineage.state_machine import RefusedMoveError
from pipeline.runners.workspace import Workspace
from serving.models import served_file
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import move, note, states, version
from tests.pipeline.runners.test_workspace import held_by_another_process

LIVE, WITHDRAWN = State.LIVE, State.WITHDRAWN
REPOSITORY = Path(__file__).parents[3]


def begun(root: Path, *numbers: int) -> Workspace:
    """A workspace in which versions are candidates."""
    registries.begin("mlmd", str(root))
    for number in numbers:
        registries.record_release(root, version(number))
    return Workspace(root)


def waiting(workspace: Workspace) -> list[Path]:
    return sorted(workspace.events.glob("*"))


def serves(workspace: Workspace) -> list[str]:
    """The versions that a server is told to keep, the champion first."""
    found = served_file.read(workspace.served_models("flights"))
    return [entry.version for entry in found.versions] if found else []


def test_reading_a_place_without_runs_leaves_no_trace(tmp_path: Path):
    registry = MlmdRegistry(Workspace(tmp_path / "root"))
    assert registry.read().versions == registry.publish().versions == ()
    with pytest.raises(UserError, match="registered: none yet"):
        registry.append(move(LIVE, "1.0.1"))
    assert list(tmp_path.iterdir()) == []


def test_a_release_before_the_first_document_served_at_once_and_one_after_it_is_a_candidate(tmp_path: Path):
    workspace = Workspace(tmp_path)
    workspace.prepare()
    for number in (1, 2):
        registries.record_release(tmp_path, version(number))
    registry = MlmdRegistry(workspace)
    assert states(registry.read()) == {"1.0.1": "retired", "1.0.2": "live"}
    with workspace.lock():
        booked = MlmdRegistry(workspace, holds_lock=True).book()
    registries.record_release(tmp_path, version(3))
    assert states(booked) == states(registry.read()) == {"1.0.1": "retired", "1.0.2": "live"}
    assert registry.read().state("1.0.3") is State.CANDIDATE
    assert serves(workspace) == ["1.0.2", "1.0.1"]


def test_an_old_story_stays_what_it_was_when_the_first_decision_is_added(tmp_path: Path):
    workspace = Workspace(tmp_path)
    workspace.prepare()
    for number in (1, 2):
        registries.record_release(tmp_path, version(number))
    before = MlmdRegistry(workspace).read()
    after = MlmdRegistry(workspace).append(move(WITHDRAWN, "1.0.2"))
    assert after.events[:-1] == before.events
    assert MlmdRegistry(workspace).read() == after
    assert states(after) == {"1.0.1": "live", "1.0.2": "withdrawn"}


def test_what_is_decided_beside_a_run_counts_at_once_and_is_booked_by_the_next_holder(tmp_path: Path):
    workspace = begun(tmp_path, 1, 2)
    MlmdRegistry(workspace).append(move(LIVE, "1.0.1", 1))
    assert waiting(workspace) == []
    with held_by_another_process(tmp_path):
        MlmdRegistry(workspace).append(move(LIVE, "1.0.2", 2))
        MlmdRegistry(workspace).append(note("1.0.2", "faster", 3))
        assert len(waiting(workspace)) == 2
        assert states(MlmdRegistry(workspace).read()) == {"1.0.1": "retired", "1.0.2": "live"}
        assert serves(workspace) == ["1.0.2", "1.0.1"]
    before = MlmdRegistry(workspace).read()
    with workspace.lock():
        assert MlmdRegistry(workspace, holds_lock=True).book() == before
    assert waiting(workspace) == []
    assert MlmdRegistry(workspace).read() == before
    assert len(json.loads(open_store(workspace.metadata).events())["events"]) == 3


def book(workspace: Workspace) -> None:
    with workspace.lock():
        MlmdRegistry(workspace, holds_lock=True).book()


def test_a_reader_misses_no_event_that_is_booked_while_it_reads(tmp_path: Path):
    workspace = begun(tmp_path, 1)
    with held_by_another_process(tmp_path):
        MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))

    class BookedMeanwhile(PendingEvents):
        def files(self) -> list[Path]:
            found = super().files()
            book(workspace)
            return found

    reader = MlmdRegistry(workspace)
    reader._pending = BookedMeanwhile(workspace.events)
    assert states(reader.read()) == {"1.0.1": "live"}
    assert waiting(workspace) == []


def test_a_reader_takes_no_release_for_live_that_was_recorded_after_the_first_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    workspace = Workspace(tmp_path)
    workspace.prepare()
    registries.record_release(tmp_path, version(1))
    left = [1]

    class BegunMeanwhile(MlmdStore):
        def runs(self) -> list[Run]:
            if left:
                left.pop()
                book(workspace)
                registries.record_release(tmp_path, version(2))
            return super().runs()

    def opened(path: Path) -> MlmdStore:
        return BegunMeanwhile(open_store(path)._store, path)

    monkeypatch.setattr(mlmd_registry, "open_store", opened)
    models = MlmdRegistry(workspace).read()
    assert states(models) == {"1.0.1": "live"}
    assert models.state("1.0.2") is State.CANDIDATE


def test_what_cannot_be_booked_waits_and_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    workspace = begun(tmp_path, 1)

    def full(*_: object) -> None:
        raise UserError("the disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(MlmdStore, "write_events", full)
        MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
    assert len(waiting(workspace)) == 1
    assert serves(workspace) == ["1.0.1"]
    book(workspace)
    assert waiting(workspace) == []
    assert states(MlmdRegistry(workspace).read()) == {"1.0.1": "live"}


def test_who_holds_the_lock_books_what_it_appends(tmp_path: Path):
    workspace = begun(tmp_path, 1)
    with workspace.lock():
        MlmdRegistry(workspace, holds_lock=True).append(move(LIVE, "1.0.1"))
        assert waiting(workspace) == []


def test_an_event_that_waits_is_known_by_its_id(tmp_path: Path):
    workspace = begun(tmp_path, 1)
    with held_by_another_process(tmp_path):
        for _ in range(2):
            MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
        assert len(waiting(workspace)) == 1


def test_a_clock_that_was_turned_back_does_not_change_the_order(tmp_path: Path):
    workspace = begun(tmp_path, 1, 2)
    with held_by_another_process(tmp_path):
        MlmdRegistry(workspace).append(move(LIVE, "1.0.1", 1))
        (first,) = waiting(workspace)
        first.rename(first.with_name("29990101T000000.000000Z-later.json"))
        MlmdRegistry(workspace).append(move(LIVE, "1.0.2", 2))
        assert states(MlmdRegistry(workspace).read()) == {"1.0.1": "retired", "1.0.2": "live"}


def test_a_version_cannot_be_registered_without_a_release(tmp_path: Path):
    workspace = begun(tmp_path, 1)
    known = MlmdRegistry(workspace).read().versions[0]
    MlmdRegistry(workspace).append(Registration("x", known))
    with pytest.raises(RefusedMoveError, match=r"flights/1\.0\.2 cannot be registered by itself"):
        MlmdRegistry(workspace).append(Registration("y", version(2)))


def test_a_moved_workspace_tells_the_same_story(tmp_path: Path):
    workspace = begun(tmp_path / "here", 1, 2)
    with held_by_another_process(workspace.root):
        MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
    shutil.move(tmp_path / "here", tmp_path / "there")
    moved = MlmdRegistry(Workspace(tmp_path / "there"))
    assert moved.read().live.version == "1.0.1"
    assert states(moved.append(move(LIVE, "1.0.2", 1))) == {"1.0.1": "retired", "1.0.2": "live"}


@pytest.mark.parametrize(("how", "ended"), [("kill", "killed"), ("full", "said")])
def test_stopped_at_any_change_of_a_file_it_leaves_one_story_or_the_other_and_a_repetition_completes_it(
    tmp_path: Path, how: str, ended: str
):
    """By a kill, or by a disk that is full from there on."""
    workspace = begun(tmp_path / "root", 1, 2)
    MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
    command = [sys.executable, "-m", "tests.pipeline.lineage.kill_registry", str(workspace.root), how]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["ended"] for line in lines] == [ended] * (len(lines) - 1) + ["unstopped"], done.stderr
    assert len(lines) > 10
    old, new = {"1.0.1": "live"}, {"1.0.1": "retired", "1.0.2": "live"}
    for line in lines:
        then = line["then"]
        assert then["states"] in (old, new)
        assert then["serves"] == "1.0.1" or then["states"] == new  # nothing serves before it is on record
        assert line["repeated"] == {"states": new, "serves": "1.0.2", "events": 2, "waiting": 0}
    assert {json.dumps(line["then"]["states"]) for line in lines} == {json.dumps(old), json.dumps(new)}


def test_a_full_disk_leaves_what_was_and_says_so(tmp_path: Path):
    workspace = begun(tmp_path, 1)
    full = textwrap.dedent(
        f"""
        import resource, signal, sys
        from pathlib import Path
        from pipeline.errors import UserError
        from pipeline.lineage.events import State
        from pipeline.lineage.mlmd_registry import MlmdRegistry
        from pipeline.runners.workspace import Workspace
        from tests.pipeline.lineage.told_models import move
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        try:
            MlmdRegistry(Workspace(Path({str(tmp_path)!r}))).append(move(State.LIVE, "1.0.1"))
        except UserError as error:
            sys.exit(7 if "File too large" in str(error) else 1)
        """
    )
    assert subprocess.run([sys.executable, "-c", full], cwd=REPOSITORY, check=False).returncode == 7
    assert waiting(workspace) == []
    assert states(MlmdRegistry(workspace).read()) == {}


def test_where_the_served_file_cannot_be_written_the_decision_stands_and_a_repetition_serves_it(
    tmp_path: Path,
):
    workspace = begun(tmp_path, 1)
    folder = workspace.served_models("flights")
    (folder / "serving.json").mkdir(parents=True)
    (folder / "serving.json" / "in the way").touch()
    with pytest.raises(UserError, match=r"what serves cannot be written to .*serving\.json: .*directory"):
        MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
    assert MlmdRegistry(workspace).read().live.version == "1.0.1"
    shutil.rmtree(folder)
    MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
    assert serves(workspace) == ["1.0.1"]


def test_publishing_repairs_a_broken_file_and_touches_nothing_where_all_is_right(tmp_path: Path):
    workspace = begun(tmp_path, 1)
    MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
    path = workspace.served_models("flights") / "serving.json"
    path.write_text('{"format": 1')
    MlmdRegistry(workspace).publish()
    assert serves(workspace) == ["1.0.1"]
    (tmp_path / "registry.lock").unlink()
    written = path.stat().st_mtime_ns
    MlmdRegistry(workspace).publish()
    assert path.stat().st_mtime_ns == written
    assert not (tmp_path / "registry.lock").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"format"', "the states of models in {path} cannot be read: "),
        (None, "{path} does not fit what is on record: no model '1.0.9' is registered"),
    ],
    ids=["broken", "of another store"],
)
def test_a_waiting_file_that_does_not_fit_is_named(tmp_path: Path, content: str | None, said: str):
    workspace = begun(tmp_path, 1)
    with held_by_another_process(tmp_path):
        MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
    (path,) = waiting(workspace)
    path.write_text(content or path.read_text().replace("1.0.1", "1.0.9"))
    with pytest.raises(UserError) as refused:
        MlmdRegistry(workspace).read()
    assert said.format(path=path) in str(refused.value)


def test_what_a_killed_writer_left_half_written_is_no_event_and_is_removed(tmp_path: Path):
    workspace = begun(tmp_path, 1)
    workspace.events.mkdir(exist_ok=True)
    (workspace.events / "20260101T000000.000000Z-x.json.new").write_text('{"format"')
    assert states(MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))) == {"1.0.1": "live"}
    assert os.listdir(workspace.events) == []


@pytest.mark.parametrize("name", ["backup.json", "99991231T235959.999999Z-x.json"])
def test_a_file_whose_name_is_no_time_is_named_before_anything_is_decided(tmp_path: Path, name: str):
    workspace = begun(tmp_path, 1)
    workspace.events.mkdir(exist_ok=True)
    (workspace.events / name).write_text('{"format": 1, "events": []}')
    with pytest.raises(UserError, match=f"{name} does not bear the time of a decision"):
        MlmdRegistry(workspace).append(move(LIVE, "1.0.1"))
    assert states(MlmdRegistry(workspace).read()) == {}


def test_a_waiting_file_that_cannot_be_read_is_named(tmp_path: Path):
    workspace = begun(tmp_path, 1)
    (workspace.events / "x.json").mkdir(parents=True)
    with pytest.raises(UserError, match=r"x\.json cannot be read: Is a directory"):
        MlmdRegistry(workspace).read()
    (workspace.events / "x.json").rmdir()
    (workspace.events / "x.json").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"x\.json cannot be read: .* or move it away"):
        MlmdRegistry(workspace).read()
