"""A workspace is one folder that one run at a time may write to, however the run before it ended."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import STOPPED, BusyError, UserError
from pipeline.runners.workspace import Workspace

HOLD = """
import sys
from pathlib import Path
from pipeline.runners.workspace import Workspace
with Workspace(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def held_by_another_process(root: Path) -> Iterator[subprocess.Popen]:
    command = [sys.executable, "-c", HOLD, str(root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "deep" / "root")
    made.prepare()
    return made


def test_preparing_makes_the_folders_and_leaves_nothing_else(workspace: Workspace):
    assert sorted(os.listdir(workspace.root)) == ["artifacts", "logs"]


def test_everything_is_below_the_root(workspace: Workspace):
    places = (workspace.metadata, workspace.artifacts, workspace.logs, workspace.served_models("flights"))
    assert all(workspace.root in place.parents for place in places)
    assert len(set(places)) == 4


def test_preparing_again_keeps_what_is_there(workspace: Workspace):
    (workspace.logs / "run.log").write_text("kept")
    workspace.prepare()
    assert (workspace.logs / "run.log").read_text() == "kept"


@pytest.mark.parametrize("below", ["file", "file/root"])
def test_a_root_that_cannot_be_written_is_one_line_with_a_way_out(tmp_path: Path, below: str):
    (tmp_path / "file").write_text("not a folder")
    root = tmp_path / below
    with pytest.raises(UserError) as fault:
        Workspace(root).prepare()
    why = "File exists" if below == "file" else "Not a directory"
    assert str(fault.value) == f"cannot write to {root}: {why}; free it, or set root to another folder"
    assert fault.value.exit_code == STOPPED


def test_a_second_run_is_refused_with_the_process_that_holds_the_workspace(workspace: Workspace):
    with held_by_another_process(workspace.root) as holder:
        with pytest.raises(BusyError) as fault, workspace.lock():
            pytest.fail("two runs hold the workspace")
        assert str(fault.value) == (
            f"a run is already using {workspace.root} (process {holder.pid}); "
            "wait for it, or give this one another root with --set root=FOLDER"
        )
        assert workspace.is_busy()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_the_process_however_it_ends(workspace: Workspace, end: signal.Signals):
    with held_by_another_process(workspace.root) as holder:
        holder.send_signal(end)
        holder.wait(timeout=10)
        with workspace.lock():
            assert (workspace.root / "lock").read_text() == str(os.getpid())
    assert not workspace.is_busy()


def test_the_lock_is_free_after_a_run_that_failed(workspace: Workspace):
    with pytest.raises(RuntimeError), workspace.lock():
        raise RuntimeError
    with workspace.lock():
        pass


def test_the_holder_is_named_by_its_own_number_and_no_older_one(workspace: Workspace):
    (workspace.root / "lock").write_text("99999999999")
    with workspace.lock():
        assert (workspace.root / "lock").read_text() == str(os.getpid())


def test_another_workspace_is_free_meanwhile(workspace: Workspace, tmp_path: Path):
    other = Workspace(tmp_path / "other")
    other.prepare()
    with workspace.lock(), other.lock():
        assert other.root != workspace.root


def test_a_workspace_that_does_not_exist_is_not_busy(tmp_path: Path):
    assert not Workspace(tmp_path / "nowhere").is_busy()
    assert not (tmp_path / "nowhere").exists()


def test_a_schema_is_kept_under_its_content_and_never_changes(workspace: Workspace):
    first = workspace.keep_schema(b"one", "a" * 64)
    second = workspace.keep_schema(b"two", "b" * 64)
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert first.name == second.name == "schema.pbtxt"
    modified = first.stat().st_mtime_ns
    assert workspace.keep_schema(b"one", "a" * 64) == first
    assert first.stat().st_mtime_ns == modified
    assert os.listdir(first.parent) == ["schema.pbtxt"]


def test_a_folder_whose_name_is_not_utf_8_is_refused(tmp_path: Path):
    """ML Metadata records addresses as UTF-8."""
    with pytest.raises(UserError, match="is not UTF-8"):
        Workspace(tmp_path / os.fsdecode(b"\xff")).prepare()
    assert list(tmp_path.iterdir()) == []
