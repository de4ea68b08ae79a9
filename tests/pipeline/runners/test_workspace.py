"""A deployment is one folder that one run at a time may write to, however the run before it ended."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import STOPPED, BusyError, UserError
from pipeline.runners.workspace import Deployment

HOLD = """
import sys
from pathlib import Path
from pipeline.runners.workspace import Deployment
with Deployment(Path(sys.argv[1])).lock():
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
def deployment(tmp_path: Path) -> Deployment:
    made = Deployment(tmp_path / "deep" / "root")
    made.prepare()
    return made


def test_preparing_makes_the_folders_and_leaves_nothing_else(deployment: Deployment):
    assert sorted(os.listdir(deployment.root)) == ["artifacts", "logs"]


def test_everything_is_below_the_root(deployment: Deployment):
    places = (deployment.metadata, deployment.artifacts, deployment.logs, deployment.served_models("flights"))
    assert all(deployment.root in place.parents for place in places)
    assert len(set(places)) == 4


def test_preparing_again_keeps_what_is_there(deployment: Deployment):
    (deployment.logs / "run.log").write_text("kept")
    deployment.prepare()
    assert (deployment.logs / "run.log").read_text() == "kept"


@pytest.mark.parametrize("below", ["file", "file/root"])
def test_a_root_that_cannot_be_written_is_one_line_with_a_way_out(tmp_path: Path, below: str):
    (tmp_path / "file").write_text("not a folder")
    root = tmp_path / below
    with pytest.raises(UserError) as fault:
        Deployment(root).prepare()
    why = "File exists" if below == "file" else "Not a directory"
    assert str(fault.value) == f"cannot write to {root}: {why}; free it, or set root to another folder"
    assert fault.value.exit_code == STOPPED


def test_a_second_run_is_refused_with_the_process_that_holds_the_deployment(deployment: Deployment):
    with held_by_another_process(deployment.root) as holder:
        with pytest.raises(BusyError) as fault, deployment.lock():
            pytest.fail("two runs hold the deployment")
        assert str(fault.value) == (
            f"a run is already using {deployment.root} (process {holder.pid}); "
            "wait for it, or give this one another root with --set root=FOLDER"
        )
        assert deployment.is_busy()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_the_process_however_it_ends(deployment: Deployment, end: signal.Signals):
    with held_by_another_process(deployment.root) as holder:
        holder.send_signal(end)
        holder.wait(timeout=10)
        with deployment.lock():
            assert (deployment.root / "lock").read_text() == str(os.getpid())
    assert not deployment.is_busy()


def test_the_lock_is_free_after_a_run_that_failed(deployment: Deployment):
    with pytest.raises(RuntimeError), deployment.lock():
        raise RuntimeError
    with deployment.lock():
        pass


def test_the_holder_is_named_by_its_own_number_and_no_older_one(deployment: Deployment):
    (deployment.root / "lock").write_text("99999999999")
    with deployment.lock():
        assert (deployment.root / "lock").read_text() == str(os.getpid())


def test_another_deployment_is_free_meanwhile(deployment: Deployment, tmp_path: Path):
    other = Deployment(tmp_path / "other")
    other.prepare()
    with deployment.lock(), other.lock():
        assert other.root != deployment.root


def test_a_deployment_that_is_not_there_is_not_busy(tmp_path: Path):
    assert not Deployment(tmp_path / "nowhere").is_busy()
    assert not (tmp_path / "nowhere").exists()


def test_a_schema_is_kept_under_its_content_and_never_changes(deployment: Deployment):
    first = deployment.keep_schema(b"one", "a" * 64)
    second = deployment.keep_schema(b"two", "b" * 64)
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert first.name == second.name == "schema.pbtxt"
    modified = first.stat().st_mtime_ns
    assert deployment.keep_schema(b"one", "a" * 64) == first
    assert first.stat().st_mtime_ns == modified
    assert os.listdir(first.parent) == ["schema.pbtxt"]
